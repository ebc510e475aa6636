struct Params {
  words: u32,
  asked: u32,    // quads of rows asked of
  first: u32,    // quad of rows where this launch begins
  end: u32,      // quad behind its last
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> distances: array<vec4u>;
