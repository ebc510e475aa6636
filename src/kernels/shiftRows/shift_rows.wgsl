// Pictures of bytes, moved by some pixels, as tiles of rows; what moves in from outside is 0. Of each row it writes, it is told which
// picture it is, and how far it is moved. Rows of pictures that are not in this chunk stay as they are.
//
// asked       [row of the tiles]              the picture + the position of its shift * `pictures`
// steps       [shift]                         i32, bytes that a picture is moved by: lines down, and to the right
// masks       [shift][word]                   the bits of four features that come from the picture
// source      [picture of the chunk][word]    four bytes of a picture, padded to whole words
// x           [tile][word][row of the tile]   out: four features, with a constant 1 behind the last
//
// An invocation owns WORDS words of a row, so that a word of the picture is loaded once for the two that it goes to.
// Grid: ceil(rows / WORKGROUP) x ceil(words / WORDS). Sizes: WORDS, WORKGROUP, TILE_QUADS.
struct Params {
  rows: u32,       // to write
  words: u32,      // of a row of the tiles, the constant included
  cols: u32,       // bytes of a picture
  pictures: u32,   // of all chunks
  first: u32,      // picture of this chunk
  end: u32,        // the one behind its last
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> asked: array<u32>;
@group(0) @binding(2) var<storage, read> steps: array<i32>;
@group(0) @binding(3) var<storage, read> masks: array<u32>;
@group(0) @binding(4) var<storage, read> source: array<u32>;
@group(0) @binding(5) var<storage, read_write> x: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let picture = asked[row] % params.pictures;
  if (picture < params.first || picture >= params.end) { return; }
  let shift = asked[row] / params.pictures;
  let sourceWords = (params.cols + 3u) / 4u;
  let begin = (picture - params.first) * sourceWords;
  let tileRows = TILE_QUADS * 4u;
  let at = row / tileRows * params.words * tileRows + row % tileRows;
  // Shifts of signed numbers round down: a word to the left counts as -1.
  let away = -steps[shift];
  let bits = u32(away & 3) * 8u;
  let last = i32(sourceWords) - 1;
  let start = id.y * WORDS;
  var low = source[begin + u32(clamp(i32(start) + (away >> 2u), 0, last))];
  for (var word = start; word < min(start + WORDS, params.words); word++) {
    let high = source[begin + u32(clamp(i32(word) + (away >> 2u) + 1, 0, last))];
    // In two steps, as a shift by 32 would be one by 0.
    let moved = (low >> bits) | ((high << 1u) << (31u - bits));
    let constant = select(0u, 1u << (params.cols % 4u * 8u), word == params.cols / 4u);
    x[at + word * tileRows] = (moved & masks[shift * params.words + word]) | constant;
    low = high;
  }
}
