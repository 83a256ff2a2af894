'use strict';
// Chapter 13: XXH3, 64 bits, seed 0, default secret.
const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f'
  + 'cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c'
  + '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8'
  + 'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364'
  + 'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e'
  + '2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e', 'hex');
const XXH32_1 = 0x9E3779B1n, XXH32_2 = 0x85EBCA77n, XXH32_3 = 0xC2B2AE3Dn;
const XXH64_1 = 0x9E3779B185EBCA87n, XXH64_2 = 0xC2B2AE3D27D4EB4Fn, XXH64_3 = 0x165667B19E3779F9n;
const XXH64_4 = 0x85EBCA77C2B2AE63n, XXH64_5 = 0x27D4EB2F165667C5n;
const MX1 = 0x165667919E3779F9n, MX2 = 0x9FB21C651E98DF25n;
const LANES = [XXH32_3, XXH64_1, XXH64_2, XXH64_3, XXH64_4, XXH32_2, XXH64_5, XXH32_1];

const m64 = (x) => BigInt.asUintN(64, x);
const le32 = (data, at) => BigInt(data.readUInt32LE(at));
const le64 = (data, at) => data.readBigUInt64LE(at);
const secret = (at) => le64(SECRET, at);
const rotl64 = (x, n) => m64(x << n | x >> (64n - n));

function swap64(x) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(x);
  return bytes.readBigUInt64BE();
}

function fold(a, b) {
  const product = a * b;
  return m64(product) ^ product >> 64n;
}

function avalanche(h) {
  h = m64((h ^ h >> 37n) * MX1);
  return h ^ h >> 32n;
}

function avalanche64(h) {
  h = m64((h ^ h >> 33n) * XXH64_2);
  h = m64((h ^ h >> 29n) * XXH64_3);
  return h ^ h >> 32n;
}

function mix16(data, at, secretAt) {
  return fold(le64(data, at) ^ secret(secretAt), le64(data, at + 8) ^ secret(secretAt + 8));
}

function upTo16(data, n) {
  if (n === 0) return avalanche64(secret(56) ^ secret(64));
  if (n <= 3) {
    const word = (data[n >> 1] << 24 | data[0] << 16 | data[n - 1] | n << 8) >>> 0;
    return avalanche64(BigInt(word) ^ le32(SECRET, 0) ^ le32(SECRET, 4));
  }
  if (n <= 8) {
    let h = le32(data, n - 4) + (le32(data, 0) << 32n) ^ secret(8) ^ secret(16);
    h = m64((h ^ rotl64(h, 49n) ^ rotl64(h, 24n)) * MX2);
    h = m64((h ^ (h >> 35n) + BigInt(n)) * MX2);
    return h ^ h >> 28n;
  }
  const low = le64(data, 0) ^ secret(24) ^ secret(32);
  const high = le64(data, n - 8) ^ secret(40) ^ secret(48);
  return avalanche(m64(BigInt(n) + swap64(low) + high + fold(low, high)));
}

function upTo240(data, n) {
  let h = BigInt(n) * XXH64_1;
  if (n <= 128) {
    for (let i = (n - 1) >> 5; i >= 0; i--) {
      h += mix16(data, 16 * i, 32 * i) + mix16(data, n - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(m64(h));
  }
  for (let i = 0; i < 8; i++) h += mix16(data, 16 * i, 16 * i);
  h = avalanche(m64(h));
  for (let i = 8; i < n >> 4; i++) h += mix16(data, 16 * i, 16 * (i - 8) + 3);
  return avalanche(m64(h + mix16(data, n - 16, 136 - 17)));
}

// The 64-bit product of two 32-bit integers, as halves in `product`: doubles are exact up to 2^53.
const product = { low: 0, high: 0 };
function multiply32(a, b) {
  const p = (a & 0xFFFF) * b;
  const q = (a >>> 16) * b;
  const sum = p + (q % 65536) * 65536;
  product.low = sum >>> 0;
  product.high = Math.floor(q / 65536) + Math.floor(sum / 4294967296);
}

// Lanes are pairs of 32-bit words, low first: BigInt would be too slow for megabytes.
function add(lanes, i, low, high) {
  const sum = lanes[2 * i] + low;
  lanes[2 * i] = sum;
  lanes[2 * i + 1] = lanes[2 * i + 1] + high + (sum > 0xFFFFFFFF ? 1 : 0);
}

const SECRET_VIEW = new DataView(SECRET.buffer, SECRET.byteOffset, SECRET.length);

function accumulate(lanes, view, at, secretAt) {
  for (let i = 0; i < 8; i++) {
    const low = view.getUint32(at + 8 * i, true);
    const high = view.getUint32(at + 8 * i + 4, true);
    add(lanes, i ^ 1, low, high);
    multiply32((low ^ SECRET_VIEW.getUint32(secretAt + 8 * i, true)) >>> 0,
      (high ^ SECRET_VIEW.getUint32(secretAt + 8 * i + 4, true)) >>> 0);
    add(lanes, i, product.low, product.high);
  }
}

function scramble(lanes) {
  for (let i = 0; i < 8; i++) {
    const low = lanes[2 * i];
    const high = lanes[2 * i + 1];
    const keyed = (low ^ high >>> 15 ^ SECRET_VIEW.getUint32(128 + 8 * i, true)) >>> 0;
    const keyedHigh = (high ^ SECRET_VIEW.getUint32(132 + 8 * i, true)) >>> 0;
    multiply32(keyed, Number(XXH32_1));
    lanes[2 * i] = product.low;
    lanes[2 * i + 1] = product.high + (Math.imul(keyedHigh, Number(XXH32_1)) >>> 0);
  }
}

function long(data, n) {
  const view = new DataView(data.buffer, data.byteOffset, n);
  const lanes = new Uint32Array(16);
  LANES.forEach((lane, i) => {
    lanes[2 * i] = Number(lane & 0xFFFFFFFFn);
    lanes[2 * i + 1] = Number(lane >> 32n);
  });
  const stripes = (SECRET.length - 64) / 8;
  const count = Math.floor((n - 1) / 64);
  for (let stripe = 0; stripe < count; stripe++) {
    accumulate(lanes, view, 64 * stripe, 8 * (stripe % stripes));
    if (stripe % stripes === stripes - 1) scramble(lanes);
  }
  accumulate(lanes, view, n - 64, SECRET.length - 64 - 7);
  const lane = (i) => BigInt(lanes[2 * i + 1]) << 32n | BigInt(lanes[2 * i]);
  let h = BigInt(n) * XXH64_1;
  for (let i = 0; i < 4; i++) {
    h += fold(lane(2 * i) ^ secret(11 + 16 * i), lane(2 * i + 1) ^ secret(19 + 16 * i));
  }
  return avalanche(m64(h));
}

exports.checksum = (data) => { // [CNV-016]
  const n = data.length;
  return n <= 16 ? upTo16(data, n) : n <= 240 ? upTo240(data, n) : long(data, n);
};
