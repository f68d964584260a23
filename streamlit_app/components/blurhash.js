// Decoder of BlurHash strings (the public algorithm of github.com/woltapp/blurhash): a few cosine components, base 83.
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

function number83(text) {
  let value = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return NaN;
    value = value * 83 + digit;
  }
  return value;
}

const toLinear = (value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};
const toSrgb = (value) => {
  const v = Math.max(0, Math.min(1, value));
  return Math.round((v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055) * 255);
};
const signedSquare = (value) => Math.sign(value) * value * value;

// Paints `hash` onto a canvas of width x height pixels. Returns false for a string that is no BlurHash.
function paintBlurhash(canvas, hash, width = 32, height = 24) {
  if (typeof hash !== "string" || hash.length < 6) return false;
  const sizes = number83(hash[0]);
  const across = (sizes % 9) + 1;
  const down = Math.floor(sizes / 9) + 1;
  if (!(hash.length === 4 + 2 * across * down)) return false;
  const peak = (number83(hash[1]) + 1) / 166;
  const average = number83(hash.slice(2, 6));
  const factors = [[toLinear(average >> 16), toLinear((average >> 8) & 255), toLinear(average & 255)]];
  for (let i = 1; i < across * down; i++) {
    const value = number83(hash.slice(4 + i * 2, 6 + i * 2));
    const part = (v) => signedSquare((v - 9) / 9) * peak;
    factors.push([part(Math.floor(value / 361)), part(Math.floor(value / 19) % 19), part(value % 19)]);
  }
  if (factors.some((f) => f.some(Number.isNaN))) return false;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let j = 0; j < down; j++) {
        const vertical = Math.cos((Math.PI * y * j) / height);
        for (let i = 0; i < across; i++) {
          const basis = Math.cos((Math.PI * x * i) / width) * vertical;
          const factor = factors[i + j * across];
          r += factor[0] * basis;
          g += factor[1] * basis;
          b += factor[2] * basis;
        }
      }
      const at = 4 * (x + y * width);
      image.data[at] = toSrgb(r);
      image.data[at + 1] = toSrgb(g);
      image.data[at + 2] = toSrgb(b);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return true;
}
