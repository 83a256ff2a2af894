'use strict';
// Sections 4.1, 4.3 and 4.7: rANS streams and LIFT.
const { check, ceilDiv, LIMITS } = require('./cursor');
const { decodePacked, decodeNested, makeElements, RANS, RANS_CONTEXT } = require('./streams');
const { getTables, aliasSlots } = require('./tables');
const { readContexts } = require('./context');

exports.decodeRans = (cursor, place, count, coder) => { // [RNS-001] [RNS-010]
  const mode = cursor.uint(1);
  const precision = mode & 15;
  const source = mode >> 6;
  check(precision >= LIMITS.RANS_P_MIN && precision <= LIMITS.RANS_P_MAX, 'LIMIT'); // [RNS-006]
  check(source !== 3, 'RESERVED'); // [RNS-007]
  check(source !== 2 || !place.nested, 'UNKNOWN_CODER'); // [CTX-001]
  const { tableCount, contexts } = readContexts(cursor, place, count, coder, precision);
  const tables = getTables(cursor, place, precision, tableCount, source);
  const escaped = tables.escape ? readEscaped(cursor, place, count) : [];
  const lanes = (mode >> 4 & 3) === 0 ? 1 : 32;
  const segments = readSegments(cursor, [1, 1, 2, 4][mode >> 4 & 3], lanes);
  const size = lanes === 1 ? count : 32 * ceilDiv(count, 32 * segments.length); // [RNS-003]
  const output = { elements: makeElements(place.width, count), slots: aliasSlots(tables.frequencies, precision),
    alphabet: tables.alphabet, escaped, escapes: 0, contexts, precision, lift: place.lift };
  segments.forEach((segment, s) => {
    decodeSegment(segment, output, Math.min(count, s * size), Math.min(count, (s + 1) * size));
  });
  check(output.escapes === escaped.length, 'BAD_ESCAPE'); // [RNS-015]
  return output.elements;
};

function readEscaped(cursor, place, count) { // [RNS-004]
  const passedOver = place.lift ? count / place.lift.size * place.lift.lifts : 0;
  const escapeCount = cursor.varint();
  check(escapeCount <= count - passedOver, 'BAD_ESCAPE');
  return decodePacked(cursor, place.width, escapeCount);
}

function readSegments(cursor, segmentCount, lanes) {
  const wordCounts = Array.from({ length: segmentCount }, () => cursor.varint());
  const segments = wordCounts.map((wordCount) => {
    const states = Uint32Array.from({ length: lanes }, () => cursor.uint(4));
    check(wordCount <= cursor.left() / 2, cursor.short);
    return { states, words: cursor.take(2 * wordCount), wordCount };
  });
  for (const { states } of segments) checkStates(states, (x) => x >= 1 << 16); // [RNS-011]
  return segments;
}

function checkStates(states, right) {
  check(states.every(right), 'RANS_STATE');
}

function decodeSegment({ states, words, wordCount }, output, start, end) {
  const { elements, slots, alphabet, escaped, contexts, precision, lift } = output;
  const mask = (1 << precision) - 1;
  const lanes = states.length;
  let used = 0;
  for (let i = start; i < end; i++) {
    if (lift && i % lift.size >= lift.size - lift.lifts) continue; // [RNS-034]
    const lane = (i - start) % lanes; // [RNS-005]
    let x = states[lane]; // [RNS-012]
    const slot = (contexts ? contexts[i] << precision : 0) + (x & mask);
    x = slots.frequency[slot] * (x >>> precision) + slots.rank[slot];
    if (x < 65536) {
      check(used < wordCount, 'RANS_WORDS');
      x = x * 65536 + words[2 * used] + 256 * words[2 * used + 1];
      used++;
    }
    states[lane] = x;
    const symbol = slots.symbol[slot];
    // Escapes beyond escape_count give nothing here: [RNS-015] is checked after all segments.
    elements[i] = symbol < alphabet.length ? alphabet[symbol] : escaped[output.escapes++];
  }
  checkStates(states, (x) => x === 1 << 16); // [RNS-013]
  check(used === wordCount, 'RANS_WORDS'); // [RNS-014]
}

exports.decodeLift = (cursor, place, count) => {
  const log2 = cursor.uint(1);
  check(log2 >= LIMITS.LIFT_LOG2_MIN && log2 <= LIMITS.LIFT_LOG2_MAX, 'LIMIT'); // [RNS-030]
  const lifts = cursor.uint(1);
  check(lifts >= 1 && lifts <= LIMITS.LIFTS_MAX, 'LIMIT'); // [RNS-031]
  const size = 1 << log2;
  check(count % size === 0, 'BAD_LENGTH'); // [RNS-033]
  const lifted = [];
  for (let k = 0; k < lifts; k++) {
    const positions = decodeNested(cursor, log2, count / size);
    lifted.push({ positions, values: decodeNested(cursor, place.width, count / size) });
  }
  const coder = cursor.uint(1);
  check(coder === RANS || coder === RANS_CONTEXT, 'UNKNOWN_CODER'); // [RNS-032]
  const elements = exports.decodeRans(cursor, { ...place, lift: { size, lifts } }, count, coder);
  undoLifts(elements, lifted, size);
  return elements;
};

function undoLifts(elements, lifted, size) { // [RNS-035]
  for (let start = 0, block = 0; start < elements.length; start += size, block++) {
    for (let k = lifted.length - 1; k >= 0; k--) {
      const last = size - 1 - k;
      const position = lifted[k].positions[block];
      check(position <= last, 'BAD_VALUE');
      elements[start + last] = elements[start + position];
      elements[start + position] = lifted[k].values[block];
    }
  }
}
