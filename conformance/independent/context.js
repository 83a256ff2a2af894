'use strict';
// Sections 4.5 and 4.6: the table of each element. [CTX-041] keeps all numbers of the classes safe integers.
const { check, ceilDiv, LIMITS } = require('./cursor');
const { decodeNested, RANS, RANS_MIXTURE } = require('./streams');
const { checkTableSize } = require('./tables');
const layouts = require('./layouts');

// Contexts are null where there is one table only.
exports.readContexts = (cursor, place, count, coder, precision) => {
  const tableCount = coder === RANS ? 1 : cursor.uint(1) + 1;
  checkTableSize(precision, tableCount); // [RNS-002]
  if (coder === RANS) return { tableCount, contexts: null };
  if (coder === RANS_MIXTURE) return { tableCount, contexts: readClusters(cursor, count, tableCount) };
  const read = [null, readRowColumn, readFieldMap, readClassMap][cursor.uint(1)];
  check(read, 'BAD_CONTEXT'); // [CTX-005]
  return { tableCount, contexts: read(cursor, place, count, tableCount) };
};

function fill(count, contextOf) {
  const contexts = new Uint8Array(count);
  for (let i = 0; i < count; i++) contexts[i] = contextOf(i);
  return contexts;
}

function checkBelow(values, limit) {
  check(values.every((value) => value < limit), 'BAD_CONTEXT');
}

function readClusters(cursor, count, tableCount) { // [CTX-002]
  const log2 = cursor.uint(1);
  check(log2 >= LIMITS.CLUSTER_LOG2_MIN && log2 <= LIMITS.CLUSTER_LOG2_MAX, 'LIMIT'); // [CTX-003]
  const width = Math.max(1, 32 - Math.clz32(tableCount - 1));
  const ids = decodeNested(cursor, width, ceilDiv(count, 2 ** log2));
  checkBelow(ids, tableCount); // [CTX-004]
  return fill(count, (i) => ids[i >>> log2]);
}

function readRowColumn(cursor, place, count, tableCount) { // [CTX-010]
  const columns = cursor.varint();
  check(columns >= 1 && columns <= count, 'BAD_CONTEXT'); // [CTX-011]
  const classes = cursor.uint(1);
  check(classes >= 1 && classes <= LIMITS.CLASSES_MAX, 'BAD_CONTEXT'); // [CTX-012]
  const rowClasses = decodeNested(cursor, 5, ceilDiv(count, columns));
  checkBelow(rowClasses, classes); // [CTX-013]
  const columnClasses = decodeNested(cursor, 5, columns);
  checkBelow(columnClasses, classes); // [CTX-014]
  const thresholds = cursor.take(tableCount - 1);
  check(thresholds.every((t, i) => i === 0 || thresholds[i - 1] <= t), 'BAD_CONTEXT'); // [CTX-015]
  const ofSum = fill(2 * classes, (sum) => countAtMost(thresholds, sum));
  return fill(count, (i) => ofSum[rowClasses[Math.floor(i / columns)] + columnClasses[i % columns]]);
}

function readFieldMap(cursor, place, count, tableCount) { // [CTX-020]
  const number = cursor.uint(1);
  check(number < place.field, 'BAD_CONTEXT'); // [CTX-021]
  const { fields } = place.layout;
  const field = fields[number];
  check(layouts.fieldCount(field) === layouts.fieldCount(fields[place.field]), 'BAD_CONTEXT');
  check(field.width <= LIMITS.CODED_WIDTH_MAX, 'BAD_CONTEXT');
  const map = readMap(cursor, 2 ** field.width, tableCount);
  const values = place.values[field.name];
  return fill(count, (i) => map[values[i]]);
}

function readClassMap(cursor, place, count, tableCount) { // [CTX-025]
  const entry = place.layout.fields[place.field].class;
  check(entry, 'BAD_CONTEXT');
  const classCount = ((entry.thresholds || []).length + 1) * (entry.steps || 1); // [REG-005]
  const map = readMap(cursor, classCount, tableCount);
  const classes = findClasses(entry, place.values);
  const sub = count / classes.length;
  return fill(count, (i) => map[classes[Math.floor(i / sub)]]);
}

function readMap(cursor, size, tableCount) { // [CTX-026]
  const runs = cursor.varint();
  check(runs <= LIMITS.MAP_RUNS_MAX, 'BAD_CONTEXT'); // [CTX-022]
  if (runs === 0) {
    check(tableCount === size, 'BAD_CONTEXT');
    return fill(size, (i) => i);
  }
  const map = new Uint8Array(size);
  let done = 0;
  for (let i = 0; i < runs; i++) {
    const length = cursor.varint();
    check(length >= 1 && length <= size - done, 'BAD_CONTEXT'); // [CTX-023]
    const table = cursor.uint(1);
    check(table < tableCount, 'BAD_CONTEXT'); // [CTX-024]
    map.fill(table, done, done + length);
    done += length;
  }
  check(done === size, 'BAD_CONTEXT');
  return map;
}

// Exact, also where a / b rounds up to the next integer.
function floorDiv(a, b) {
  const rest = ((a % b) + b) % b;
  return (a - rest) / b;
}

function countAtMost(thresholds, value) {
  let count = 0;
  while (count < thresholds.length && thresholds[count] <= value) count++;
  return count;
}

const clamp = (x, steps) => Math.min(Math.max(x, 0), steps - 1);

const floatUnits = (mantissa, exponent, one) => // a row HALF or UE4M3 of the table of sources
  exponent === 0 ? mantissa : (one + mantissa) * 2 ** (exponent - 1);

const halfUnits = (low, high) => floatUnits(low + (high & 7) * 128, high >> 3, 1024);

const halves = (lows, highs) => Array.from(lows, (low, i) => halfUnits(low, highs[i]));

function findClasses(entry, values) { // [CTX-040]
  const read = entry.fields.map((name) => values[name]);
  switch (entry.function) {
    case 'RATIO': return ratioClasses(entry, scaleUnits(entry, read));
    case 'ZERO': return zeroClasses(entry, read);
    case 'MPRED': return minClasses(entry, read);
    default: return logdiffClasses(entry, read[0]);
  }
}

function scaleUnits(entry, read) {
  switch (entry.source) {
    case 'HALF': return halves(read[0], read[1]);
    case 'UE4M3': return Array.from(read[0], (v) => floatUnits(v & 7, v >> 3 & 15, 8));
    case 'SIGNED': return Array.from(read[0], (v) => (v < 128 ? v : 256 - v));
    default: return Array.from(read[0], (v) => Math.abs(v - entry.offset)); // OFFSET
  }
}

// classOf(value, g, sum) of each element, by its group.
function byGroup(scales, group, classOf) {
  const classes = [];
  for (let start = 0; start < scales.length; start += group) {
    const part = Array.from(scales.slice(start, start + group));
    const sum = part.reduce((a, b) => a + b, 0);
    for (const value of part) classes.push(classOf(value, part.length, sum));
  }
  return classes;
}

function ratioClasses(entry, scales) {
  return byGroup(scales, entry.group, (scale, g, sum) =>
    countAtMost(entry.thresholds, sum ? floorDiv(64 * g * scale, sum) : 64));
}

function logdiffClasses(entry, scales) { // [CTX-041]
  return byGroup(scales, entry.group, (scale, g, sum) =>
    clamp(floorDiv(entry.factor * (g * scale - sum), g) + Math.floor(entry.steps / 2), entry.steps));
}

function zeroScales(entry, read) {
  if (entry.source === 'HALF') {
    const scale = halves(read[0], read[1]);
    const min = halves(read[2], read[3]).map((units, i) => (read[4][i] ? units : 0));
    return { scale, own: scale, min };
  }
  const d = halves(read[0], read[1]);
  const dmin = halves(read[2], read[3]);
  const own = Array.from(read[4]);
  const each = own.length / d.length;
  return { own, scale: own.map((sc, i) => d[Math.floor(i / each)] * sc),
    min: Array.from(read[5], (m, i) => dmin[Math.floor(i / each)] * m) };
}

function zeroClasses(entry, read) {
  const { scale, own, min } = zeroScales(entry, read);
  const ratios = ratioClasses(entry, own);
  return scale.map((unit, i) => {
    const zero = unit ? floorDiv(entry.num * min[i], entry.den * unit) : 0;
    return clamp(zero - entry.low, entry.steps) * (entry.thresholds.length + 1) + ratios[i];
  });
}

function minClasses(entry, read) { // MPRED
  const d = halves(read[0], read[1]);
  const dmin = halves(read[2], read[3]);
  const each = read[4].length / d.length;
  return Array.from(read[4], (sc, i) => {
    const unit = dmin[Math.floor(i / each)];
    const x = unit ? floorDiv(entry.factor * d[Math.floor(i / each)] * sc + unit, 2 * unit) : 63;
    return Math.min(x, 63) >> 2;
  });
}
