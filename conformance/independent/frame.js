'use strict';
// Chapter 1: frames, blocks, index, trailer, read from front to back.
const crypto = require('crypto');
const { check, Cursor, LIMITS } = require('./cursor');
const { checksum } = require('./xxh3');
const { decodeChunk } = require('./layouts');
const { findProfile, parseProfile } = require('./profile');

const MAGIC = Buffer.from('\xd3SCAPE\r\n', 'latin1');
const SKIP_MAGIC = Buffer.from('\xd3SKIPS\r\n', 'latin1');
const END_MAGIC = Buffer.from('SCAPEEND', 'latin1');
const CHUNK = 1, REPEAT = 2, PROFILE = 3, INDEX = 4;
const NAMED = 1, EMBEDDED = 2, SHA256 = 4, REPEATS = 8;
const UNKNOWN_SIZE = (1n << 64n) - 1n;

// The content of a file as a list of pieces, so that repeats cost no memory [LIM-021].
function decodeFile(data, profiles) { // [FRM-001]
  const cursor = new Cursor(data, 'TRUNCATED');
  const pieces = [];
  do {
    decodeFrame(cursor, profiles, pieces);
  } while (cursor.left() > 0);
  return pieces;
}

function isContentFrame(cursor) { // [FRM-002]
  const seen = cursor.data.subarray(cursor.position, Math.min(cursor.position + 8, cursor.end));
  const content = seen.equals(MAGIC.subarray(0, seen.length));
  check(content || seen.equals(SKIP_MAGIC.subarray(0, seen.length)), 'BAD_MAGIC');
  cursor.take(8);
  return content;
}

function decodeFrame(cursor, profiles, pieces) { // [VAL-010]
  const start = cursor.position;
  if (!isContentFrame(cursor)) {
    decodeSkippable(cursor, start);
    return;
  }
  const frame = decodeHeader(cursor, start);
  frame.pieces = pieces;
  if (frame.profileName) frame.sets = findProfile(frame.profileName, profiles); // [PRF-002]
  let previous = null;
  while (previous !== INDEX) previous = decodeBlock(cursor, frame, previous); // [BLK-004]
  decodeTrailer(cursor, frame);
}

function decodeSkippable(cursor, start) { // [FRM-010] [FRM-011]
  const length = cursor.u64();
  check(length <= 1n << BigInt(LIMITS.SKIPPABLE_LOG2_MAX), 'LIMIT');
  cursor.take(length);
  const frameSize = cursor.u64();
  const covered = cursor.data.subarray(start, cursor.position);
  const sum = cursor.u64();
  check(cursor.take(8).equals(END_MAGIC), 'BAD_TRAILER');
  check(sum === checksum(covered), 'CHECKSUM');
  check(frameSize === length + 40n, 'BAD_TRAILER');
}

function decodeHeader(cursor, start) { // [FRM-020] [FRM-023]
  check(cursor.uint(1) === LIMITS.VERSION, 'UNSUPPORTED_VERSION');
  const flags = cursor.uint(1);
  const limitLog2 = cursor.uint(1);
  const reserved = cursor.uint(5);
  const contentSize = cursor.u64();
  const profileName = flags & NAMED ? cursor.take(32) : null;
  const covered = cursor.data.subarray(start, cursor.position);
  check(cursor.u64() === checksum(covered), 'CHECKSUM');
  check(flags < 16 && reserved === 0, 'RESERVED');
  check((flags & (NAMED | EMBEDDED)) !== (NAMED | EMBEDDED), 'BAD_HEADER'); // [FRM-021]
  check(limitLog2 >= LIMITS.CHUNK_LOG2_MIN && limitLog2 <= LIMITS.CHUNK_LOG2_MAX, 'LIMIT');
  check(contentSize <= 1n << BigInt(LIMITS.CONTENT_SIZE_LOG2_MAX) || contentSize === UNKNOWN_SIZE,
    'LIMIT');
  return {
    start, flags, chunkLimit: 2 ** limitLog2, contentSize, profileName, sets: [], blocks: [],
    byOffset: new Map(), size: 0, listedEnd: cursor.position, hash: crypto.createHash('sha256'),
  };
}

function decodeBlock(cursor, frame, previous) { // [BLK-010]
  const start = cursor.position;
  const header = new Cursor(cursor.take(12), 'TRUNCATED');
  const kind = header.uint(1);
  const reserved = header.uint(3);
  const payloadLength = header.uint(4);
  const contentLength = header.uint(4);
  check((kind >= CHUNK && kind <= INDEX) || (kind >= 0x80 && kind < 0xC0), 'UNKNOWN_BLOCK'); // [BLK-001]
  check(reserved === 0, 'RESERVED');
  const profileHere = previous === null && (frame.flags & EMBEDDED) !== 0;
  check((kind === PROFILE) === profileHere, 'BAD_ORDER'); // [BLK-002]
  check(kind !== REPEAT || frame.flags & REPEATS, 'BAD_ORDER'); // [BLK-003]
  checkLengths(frame, frame.size, kind, payloadLength, contentLength);
  const payload = cursor.take(payloadLength);
  const covered = cursor.data.subarray(start, cursor.position);
  check(cursor.u64() === checksum(covered), 'CHECKSUM');
  if (kind === PROFILE) {
    frame.sets = parseProfile(payload); // [PRF-003]
    frame.listedEnd = cursor.position;
  } else if (kind === INDEX) {
    frame.indexSize = payloadLength + 20;
    parseIndex(payload, frame.blocks, frame.size);
  } else if (kind === CHUNK || kind === REPEAT) {
    const block = { kind, offset: start - frame.start, gap: start - frame.listedEnd, payloadLength,
      contentLength, contentStart: frame.size };
    addContent(frame, block, payload);
    frame.listedEnd = cursor.position;
  }
  return kind;
}

function addContent(frame, block, payload) { // [BLK-011]
  block.content = block.kind === CHUNK
    ? decodeChunk(payload, block.contentLength, frame.sets)
    : findTarget(payload, frame.byOffset, block.contentLength).content;
  frame.pieces.push(block.content);
  if (frame.flags & SHA256) frame.hash.update(block.content);
  frame.size += block.contentLength;
  frame.blocks.push(block);
  frame.byOffset.set(block.offset, block);
}

// `size` is that of the content in front of the block.
function checkLengths(frame, size, kind, payloadLength, contentLength) {
  const hasContent = kind === CHUNK || kind === REPEAT;
  check((contentLength >= 1) === hasContent, 'BAD_LENGTH'); // [BLK-005]
  check(contentLength <= frame.chunkLimit, 'LIMIT'); // [BLK-006]
  const total = BigInt(size + contentLength);
  if (frame.contentSize === UNKNOWN_SIZE) { // [BLK-007]
    check(total <= 1n << BigInt(LIMITS.CONTENT_SIZE_LOG2_MAX), 'LIMIT');
  } else {
    check(total <= frame.contentSize, 'BAD_LENGTH');
    check(total === frame.contentSize || kind !== INDEX, 'BAD_LENGTH');
  }
  if (kind === REPEAT) { // [BLK-008]
    check(payloadLength === 8, 'BAD_LENGTH');
  } else if (kind === CHUNK) {
    check(payloadLength <= contentLength + LIMITS.CHUNK_OVERHEAD_MAX, 'LIMIT');
  } else {
    const log2 = kind === INDEX ? LIMITS.INDEX_LOG2_MAX : LIMITS.EXTENSION_LOG2_MAX;
    check(payloadLength <= 2 ** log2, 'LIMIT');
  }
}

// `byOffset` holds the blocks in front of the REPEAT.
function findTarget(payload, byOffset, contentLength) { // [BLK-012]
  const block = byOffset.get(Number(payload.readBigUInt64LE(0)));
  check(block && block.kind === CHUNK && block.contentLength === contentLength, 'BAD_REPEAT');
  return block;
}

function parseIndex(payload, blocks, contentSize) { // [IDX-001] [IDX-007]
  const cursor = new Cursor(payload, 'BAD_INDEX');
  check(cursor.varint() === blocks.length, 'BAD_INDEX'); // [IDX-002]
  const starts = new Set([contentSize]);
  for (const block of blocks) {
    check(cursor.varint() === block.gap, 'BAD_INDEX');
    check(cursor.varint() === block.payloadLength * 2 + (block.kind === REPEAT ? 1 : 0), 'BAD_INDEX');
    check(cursor.varint() === block.contentLength, 'BAD_INDEX');
    starts.add(block.contentStart);
  }
  const regions = parseRegions(cursor, starts, contentSize);
  check(cursor.left() === 0, 'BAD_INDEX');
  return regions;
}

function parseRegions(cursor, starts, contentSize) {
  const regions = [];
  let start = 0;
  let name = Buffer.alloc(0);
  const count = cursor.varint();
  for (let i = 0; i < count; i++) {
    check(cursor.varint() < 1 << 16, 'BAD_INDEX'); // [IDX-011]
    const rank = cursor.varint();
    check(rank <= LIMITS.RANK_MAX, 'BAD_INDEX'); // [IDX-012]
    for (let axis = 0; axis < rank; axis++) cursor.varint();
    const length = cursor.varint();
    check(starts.has(start), 'BAD_INDEX'); // [IDX-004]
    check(length <= contentSize - start, 'BAD_INDEX'); // [IDX-003]
    const shared = cursor.varint();
    check(shared <= name.length, 'BAD_INDEX'); // [IDX-013]
    const suffixLength = cursor.varint();
    check(suffixLength <= LIMITS.NAME_MAX - shared, 'BAD_INDEX'); // [IDX-014]
    const suffix = cursor.take(suffixLength);
    check(!suffix.includes(0), 'BAD_INDEX'); // [IDX-015]
    name = Buffer.concat([name.subarray(0, shared), suffix]); // [IDX-006]
    regions.push({ name, start, length });
    start += length;
  }
  check(start === contentSize, 'BAD_INDEX');
  return regions;
}

function decodeTrailer(cursor, frame) { // [FRM-030] [FRM-031]
  const trailer = readTrailer(cursor, frame);
  check(trailer.indexSize === BigInt(frame.indexSize), 'BAD_TRAILER');
  check(trailer.contentSize === BigInt(frame.size), 'BAD_TRAILER');
  check(trailer.frameSize === BigInt(cursor.position - frame.start), 'BAD_TRAILER');
  if (frame.flags & SHA256) check(trailer.digest.equals(frame.hash.digest()), 'CONTENT_HASH');
}

function readTrailer(cursor, frame) {
  const bytes = new Cursor(cursor.take(72), 'TRUNCATED');
  const indexSize = bytes.u64();
  const contentSize = bytes.u64();
  const digest = bytes.take(32);
  const frameSize = bytes.u64();
  const sum = bytes.u64();
  check(bytes.take(8).equals(END_MAGIC), 'BAD_TRAILER');
  check(sum === checksum(bytes.data.subarray(0, 56)), 'CHECKSUM');
  check(frame.flags & SHA256 || digest.every((byte) => byte === 0), 'RESERVED');
  return { indexSize, contentSize, digest, frameSize };
}

Object.assign(exports, { decodeFile, isContentFrame, decodeHeader, readTrailer, parseIndex, findTarget,
  checkLengths, END_MAGIC, CHUNK, REPEAT, PROFILE, INDEX, EMBEDDED, REPEATS });
