'use strict';
// Sections 4.2 to 4.4: frequency tables, their slots, and tables from a profile.
const { check, LIMITS } = require('./cursor');

const E8 = [256, 279, 304, 332, 362, 395, 431, 470];

exports.checkTableSize = (precision, count) => { // [RNS-002]
  check(precision >= LIMITS.RANS_P_MIN && precision <= LIMITS.RANS_P_MAX, 'LIMIT');
  check(count <= LIMITS.TABLES_MAX, 'LIMIT');
  check(count << precision <= 1 << LIMITS.TABLE_SLOTS_LOG2_MAX, 'LIMIT');
};

exports.getTables = (cursor, place, precision, count, source) => {
  if (source === 0) return exports.readTables(cursor, precision, count, place.width);
  const number = cursor.varint();
  const shift = cursor.zigzag();
  const sets = source === 1 ? standardSets() : place.sets;
  check(number < sets.length, 'BAD_TABLE'); // [TBL-030]
  const found = sets[number];
  check(found.precision === precision && found.frequencies.length === count, 'BAD_TABLE');
  const last = found.alphabet[found.alphabet.length - 1];
  check(BigInt(found.alphabet[0]) + shift >= 0n, 'BAD_TABLE'); // [TBL-031]
  check(BigInt(last) + shift < 1n << BigInt(place.width), 'BAD_TABLE');
  return { ...found, alphabet: found.alphabet.map((value) => value + Number(shift)) };
};

exports.readTables = (cursor, precision, count, width) => { // [TBL-001]
  const { alphabet, escape } = readAlphabet(cursor, precision, width);
  const frequencies = [];
  let before = { levels: [], first: 0, end: 0 };
  for (let k = 0; k < count; k++) {
    before = readLevels(cursor, alphabet.length, escape, before);
    frequencies.push(normalise(before, alphabet.length + escape, precision));
  }
  cursor.endBits();
  return { precision, alphabet, escape, frequencies };
};

function readGamma(cursor) { // [TBL-002]
  let zeros = 0;
  while (cursor.bits(1) === 0) {
    zeros++;
    check(zeros <= LIMITS.GAMMA_ZEROS_MAX, 'BAD_TABLE');
  }
  return 1 << zeros | cursor.bits(zeros);
}

function readAlphabet(cursor, precision, width) { // [TBL-003] [TBL-004]
  const most = Math.min(LIMITS.ALPHABET_MAX, 1 << precision);
  let value = cursor.bits(width);
  const escape = cursor.bits(1);
  const alphabet = [];
  for (;;) {
    const run = readGamma(cursor);
    check(value + run <= 1 << width, 'BAD_TABLE');
    check(alphabet.length + run + escape <= most, 'BAD_TABLE');
    for (let i = 0; i < run; i++) alphabet.push(value + i);
    if (cursor.bits(1) === 0) return { alphabet, escape };
    value += run + readGamma(cursor);
  }
}

// Levels of the value symbols [first, end), and that of the escape or null.
function readLevels(cursor, values, escape, before) {
  const first = readGamma(cursor) - 1;
  const end = values - (readGamma(cursor) - 1);
  check(first <= end, 'BAD_TABLE'); // [TBL-005]
  let escapeLevel = null;
  if (escape && cursor.bits(1)) escapeLevel = readLevel(cursor);
  check(first < end || escapeLevel !== null, 'BAD_TABLE'); // [TBL-006]
  const levels = [];
  if (first < end) {
    const rice = cursor.bits(2);
    levels[first] = readLevel(cursor);
    for (let i = first + 1; i < end; i++) { // [TBL-008]
      const slope = i - 1 >= before.first && i < before.end ? before.levels[i] - before.levels[i - 1] : 0;
      const prediction = Math.min(Math.max(levels[i - 1] + slope, 0), LIMITS.LEVEL_MAX);
      levels[i] = prediction + readResidual(cursor, rice);
      check(levels[i] >= 0 && levels[i] <= LIMITS.LEVEL_MAX, 'BAD_TABLE'); // [TBL-009]
    }
  }
  return { levels, first, end, escapeLevel };
}

function readLevel(cursor) {
  const level = cursor.bits(8);
  check(level <= LIMITS.LEVEL_MAX, 'BAD_TABLE'); // [TBL-009]
  return level;
}

function readResidual(cursor, rice) { // [TBL-007]
  let ones = 0;
  while (cursor.bits(1) === 1) {
    ones++;
    check(ones <= LIMITS.UNARY_MAX, 'BAD_TABLE');
  }
  const z = ones << rice | cursor.bits(rice);
  return z & 1 ? -(z >> 1) - 1 : z >> 1;
}

const weight = (level) => E8[level % 8] * 2 ** (level >> 3); // [TBL-010]

function normalise({ levels, first, end, escapeLevel }, symbols, precision) {
  const present = [];
  for (let i = first; i < end; i++) present.push([i, weight(levels[i])]);
  if (escapeLevel !== null) present.push([symbols - 1, weight(escapeLevel)]);
  const total = BigInt(present.reduce((sum, [, w]) => sum + w, 0));
  const free = BigInt((1 << precision) - present.length);
  const frequencies = new Array(symbols).fill(0);
  let done = 0;
  let before = 0;
  for (const [i, w] of present) { // [TBL-011]: products pass 2^53, so they are BigInts
    done += w;
    const share = Number(BigInt(done) * free / total);
    frequencies[i] = 1 + share - before;
    before = share;
  }
  return frequencies;
}

// For each slot of each table, one table after the other: symbol, frequency, rank.
exports.aliasSlots = (tables, precision) => { // [TBL-020]
  const total = tables.length << precision;
  const slots = { symbol: new Uint16Array(total), frequency: new Uint16Array(total), rank: new Uint16Array(total) };
  tables.forEach((frequencies, k) => {
    const columnBits = 32 - Math.clz32(frequencies.length - 1);
    const width = 1 << (precision - columnBits);
    const { cut, alias, base } = makeColumns(frequencies, 1 << columnBits, width);
    let slot = k << precision;
    for (let j = 0; j < 1 << columnBits; j++) {
      for (let i = 0; i < width; i++, slot++) {
        const symbol = i < cut[j] ? j : alias[j];
        slots.symbol[slot] = symbol;
        slots.frequency[slot] = frequencies[symbol];
        slots.rank[slot] = i < cut[j] ? i : base[j] + i - cut[j];
      }
    }
  });
  return slots;
};

function makeColumns(frequencies, columns, width) { // [TBL-021]
  const rem = Array.from({ length: columns }, (_, j) => frequencies[j] || 0);
  const cut = new Array(columns).fill(width);
  const alias = new Array(columns).fill(0);
  const base = new Array(columns).fill(0);
  const under = [];
  const over = [];
  rem.forEach((r, j) => {
    if (r < width) under.push(j);
    if (r > width) over.push(j);
  });
  while (over.length > 0) {
    const u = under.pop();
    const o = over[over.length - 1];
    cut[u] = rem[u];
    alias[u] = o;
    rem[o] -= width - rem[u];
    base[u] = rem[o];
    if (rem[o] < width) under.push(over.pop());
    else if (rem[o] === width) over.pop();
  }
  return { cut, alias, base };
}

// Last: a profile is read with the functions above.
const { standardSets } = require('./profile');
