// Whole numbers of more than 32 bits, the lowest word first.

fn multiply(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u));
}

fn add(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + u32(low < a.x));
}

fn subtract(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

fn less(a: vec2u, b: vec2u) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn rounded(a: vec2u) -> f32 {
  return f32(a.y) * 4294967296.0 + f32(a.x);
}

// a * b, where all of it fits three words.
fn times(a: vec2u, b: u32) -> vec3u {
  let low = multiply(a.x, b);
  let high = add(multiply(a.y, b), vec2u(low.y, 0u));
  return vec3u(low.x, high);
}

fn sum(a: vec3u, b: vec3u) -> vec3u {
  let low = a.x + b.x;
  let high = add(add(a.yz, b.yz), vec2u(u32(low < a.x), 0u));
  return vec3u(low, high);
}

fn product(a: vec3u, b: vec2u) -> array<u32, 5> {
  var out = array<u32, 5>();
  for (var i = 0u; i < 3u; i++) {
    var carry = 0u;
    for (var j = 0u; j < 2u; j++) {
      let next = add(add(multiply(a[i], b[j]), vec2u(out[i + j], 0u)), vec2u(carry, 0u));
      out[i + j] = next.x;
      carry = next.y;
    }
    out[i + 2u] = carry;
  }
  return out;
}
