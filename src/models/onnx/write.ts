// A graph as an ONNX file, for onnxruntime and everything else that reads one.
import type { Attribute, Graph, GraphNode, GraphTensor, GraphValue } from '../graph/graph.ts';
import { BYTES, codeOf } from '../graph/types.ts';
import { Message, view } from './wire.ts';

/** What every reader of the last years takes: it came with the operators of version 15. */
const IR_VERSION = 8;

/**
 * The bytes of an ONNX file. The same graph always gives the same bytes.
 *
 * @param metadata what else the file says
 */
export function writeOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const model = new Message().int(1, IR_VERSION).text(2, 'pipeline-gpu').message(7, graphMessage(graph, 'model'));
  for (const [domain, version] of Object.entries(graph.versions)) model.message(8, new Message().text(1, domain).int(2, version));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  return model.done();
}

function graphMessage(graph: Graph, name: string): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(1, nodeMessage(node));
  message.text(2, name);
  for (const [name, tensor] of Object.entries(graph.tensors)) message.message(5, tensorMessage(tensor, name));
  for (const value of graph.inputs) message.message(11, valueMessage(value));
  for (const value of graph.outputs) message.message(12, valueMessage(value));
  return message;
}

function nodeMessage({ op, domain, inputs, outputs, attributes = {} }: GraphNode): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(4, op);
  for (const [name, attribute] of Object.entries(attributes)) message.message(5, attributeMessage(name, attribute));
  return domain ? message.text(7, domain) : message;
}

function attributeMessage(name: string, { float, int, string, tensor, graph, floats, ints, strings }: Attribute): Message {
  const message = new Message().text(1, name);
  if (float !== undefined) message.float(2, float).int(20, 1);
  else if (int !== undefined) message.int(3, int).int(20, 2);
  else if (string !== undefined) message.text(4, string).int(20, 3);
  else if (tensor) message.message(5, tensorMessage(tensor, '')).int(20, 4);
  else if (graph) message.message(6, graphMessage(graph, name)).int(20, 5);
  else if (floats) message.floats(7, floats).int(20, 6);
  else if (ints) message.ints(8, ints).int(20, 7);
  else if (strings) {
    for (const one of strings) message.text(9, one);
    message.int(20, 8);
  }
  return message;
}

function tensorMessage({ type, dims, data }: GraphTensor, name: string): Message {
  const message = new Message().ints(1, dims).int(2, codeOf(type));
  if (type === 'string') for (const text of data as readonly string[]) message.text(6, text);
  message.text(8, name);
  if (type === 'string') return message;
  const list = data as Float64Array;
  const bytes = new Uint8Array(list.length * BYTES[type]);
  const to = view(bytes);
  list.forEach((value, i) => {
    if (type === 'float') to.setFloat32(4 * i, value, true);
    else if (type === 'double') to.setFloat64(8 * i, value, true);
    else if (type === 'int64') to.setBigInt64(8 * i, BigInt.asIntN(64, BigInt(value)), true);
    else if (type === 'int32') to.setInt32(4 * i, value, true);
    else bytes[i] = value;
  });
  return message.bytes(9, bytes);
}

function valueMessage({ name, type, dims }: GraphValue): Message {
  const shape = new Message();
  dims.forEach((size, i) => shape.message(1, size === undefined ? new Message().text(2, i === 0 ? 'N' : `N${i}`) : new Message().int(1, size)));
  const tensor = new Message().int(1, codeOf(type)).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
