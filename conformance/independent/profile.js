'use strict';
// Chapter 6: profiles.
const crypto = require('crypto');
const { check, Cursor, LIMITS, ScapeError, STANDARD_PROFILE } = require('./cursor');
const { checksum } = require('./xxh3');
const tables = require('./tables');

const MAGIC = Buffer.from('\xd3SCPRO\r\n', 'latin1');
let standard = null;

exports.standardSets = () => {
  standard = standard || exports.parseProfile(STANDARD_PROFILE);
  return standard;
};

exports.findProfile = (name, profiles) => { // [PRF-002]
  const data = profiles.find((given) => crypto.createHash('sha256').update(given).digest().equals(name));
  check(data, 'PROFILE_MISSING');
  return exports.parseProfile(data);
};

exports.parseProfile = (data) => { // [PRF-001]
  try {
    return parseFile(data);
  } catch (error) {
    throw error instanceof ScapeError ? new ScapeError('PROFILE_BAD') : error;
  }
};

function parseFile(data) {
  const cursor = new Cursor(data, 'PROFILE_BAD');
  check(cursor.left() <= 2 ** LIMITS.PROFILE_LOG2_MAX, 'PROFILE_BAD');
  check(cursor.take(8).equals(MAGIC), 'PROFILE_BAD');
  check(cursor.uint(1) === LIMITS.VERSION, 'PROFILE_BAD');
  check(cursor.uint(3) === 0, 'PROFILE_BAD');
  const body = new Cursor(cursor.take(cursor.uint(4)), 'PROFILE_BAD');
  const covered = data.subarray(0, cursor.position);
  check(cursor.u64() === checksum(covered), 'PROFILE_BAD');
  check(cursor.left() === 0, 'PROFILE_BAD');
  skipTraining(body);
  const setCount = body.varint();
  check(setCount <= LIMITS.PROFILE_SETS_MAX, 'PROFILE_BAD'); // [PRF-016]
  const sets = [];
  for (let i = 0; i < setCount; i++) sets.push(parseSet(body));
  check(body.left() === 0, 'PROFILE_BAD');
  return sets;
}

function skipTraining(body) { // [PRF-004]
  const count = body.varint();
  for (let i = 0; i < count; i++) {
    body.take(32);
    const length = body.varint();
    check(length <= LIMITS.NAME_MAX, 'PROFILE_BAD'); // [PRF-015]
    body.take(length);
  }
}

function parseSet(body) {
  body.varint(); // layout and field bind nobody [PRF-004]
  body.varint();
  const width = body.uint(1);
  check(width >= 1 && width <= LIMITS.CODED_WIDTH_MAX, 'PROFILE_BAD'); // [PRF-017]
  const precision = body.uint(1);
  const count = body.uint(1) + 1;
  tables.checkTableSize(precision, count); // [PRF-018] [PRF-019]
  return tables.readTables(body, precision, count, width);
}
