'use strict';
// Chapter 5. The frame is walked here, by the clauses; what compressed blocks hold is left to the program `zstd`.
const { spawnSync } = require('child_process');
const { check, ceilDiv, Cursor, LIMITS } = require('./cursor');
const { makeElements } = require('./streams');

exports.decodeZstd = (cursor, width, count) => { // [ZST-001]
  const frame = cursor.take(cursor.varint());
  const size = ceilDiv(width, 8);
  checkFrame(frame);
  const content = runZstd(frame, count * size);
  const elements = makeElements(width, count);
  for (let i = 0; i < count; i++) {
    const value = content.readUIntLE(i * size, size);
    check(value < 2 ** width, 'BAD_VALUE'); // [ZST-006]
    elements[i] = value;
  }
  return elements;
};

function checkFrame(frame) {
  const cursor = new Cursor(frame, 'ZSTD_DATA');
  check(cursor.uint(4) === 0xFD2FB528, 'ZSTD_DATA'); // [ZST-002]
  const descriptor = cursor.uint(1);
  check((descriptor & 8) === 0, 'ZSTD_DATA');
  const single = descriptor >> 5 & 1;
  let window = 0;
  if (!single) { // [ZST-004]
    const exponent = cursor.uint(1);
    const base = 2 ** (10 + (exponent >> 3));
    window = base + base / 8 * (exponent & 7);
    check(window <= 2 ** LIMITS.ZSTD_WINDOW_LOG_MAX, 'ZSTD_DATA');
  }
  check(cursor.uint([0, 1, 2, 4][descriptor & 3]) === 0, 'ZSTD_DATA'); // [ZST-003]
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6];
  const contentSize = sizeBytes === 8 ? cursor.u64() : cursor.uint(sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  walkBlocks(cursor, single ? contentSize : window);
  cursor.take(4 * (descriptor >> 2 & 1));
  check(cursor.left() === 0, 'ZSTD_DATA'); // [ZST-002]
}

function walkBlocks(cursor, window) {
  let last = 0;
  while (!last) {
    const header = cursor.uint(3);
    const kind = header >> 1 & 3;
    const size = header >> 3;
    last = header & 1;
    check(kind !== 3, 'ZSTD_DATA');
    check(size <= window && size <= 1 << 17, 'ZSTD_DATA'); // [ZST-007]
    check(kind !== 2 || size >= 2, 'ZSTD_DATA'); // [ZST-009]
    cursor.take(kind === 1 ? 1 : size);
  }
}

function runZstd(frame, size) { // [ZST-005]
  const run = spawnSync('zstd', ['-d', '-c', '-q', `--long=${LIMITS.ZSTD_WINDOW_LOG_MAX}`],
    { input: frame, maxBuffer: size + 1, stdio: ['pipe', 'pipe', 'ignore'] });
  if (run.error && !['ENOBUFS', 'EPIPE'].includes(run.error.code)) throw run.error;
  check(!run.error && run.status === 0 && run.stdout.length === size, 'ZSTD_DATA');
  return run.stdout;
}
