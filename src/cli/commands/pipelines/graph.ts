// `pipeline graph`: a picture of a pipeline's stages and of what travels between them, without running any.
import { Option, type Command } from 'commander';
import { inferGraph } from '../../../dsl/graph/infer.ts';
import { describeGraph, type GraphDescription } from '../../../report/graph/description.ts';
import { htmlText } from '../../../report/graph/html.ts';
import { mermaidText } from '../../../report/graph/mermaid.ts';
import { svgText } from '../../../report/graph/svg.ts';
import { loadPipeline } from '../../load/load.ts';
import { addParamOptions, givenParams } from '../../params.ts';
import { writeText } from '../../write.ts';

const writers: Readonly<Record<string, (graph: GraphDescription) => string>> = { mermaid: mermaidText, svg: svgText, html: htmlText };

export function addGraph(program: Command): void {
  const command = program
    .command('graph')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .description('Draws the stages of a pipeline and what travels between them. Nothing runs.')
    .addOption(new Option('--format <format>', 'mermaid: text for code hosts and editors').choices(Object.keys(writers)).default('mermaid'))
    .option('--out <file>', 'write there instead of to stdout')
    .addHelpText('after', '\nExamples:\n  pipeline graph mnist-2detector\n  pipeline graph mnist-compare --format html --out graph.html');
  addParamOptions(command).action(async (name: string, { format, out }: { readonly format: string; readonly out?: string }) => {
    const pipeline = givenParams(command)((await loadPipeline(name)).pipeline);
    const { facts } = inferGraph(pipeline.graph);
    const text = writers[format]!(describeGraph(pipeline, (node) => facts.get(node)));
    if (out === undefined) process.stdout.write(text);
    else writeText(out, text);
  });
}
