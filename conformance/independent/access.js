'use strict';
// Section 1.7: random access.
const { check, Cursor, ScapeError } = require('./cursor');
const { checksum } = require('./xxh3');
const { decodeChunk } = require('./layouts');
const { findProfile, parseProfile } = require('./profile');
const { isContentFrame, decodeHeader, readTrailer, parseIndex, findTarget, checkLengths, END_MAGIC, CHUNK, REPEAT,
  PROFILE, INDEX, EMBEDDED, REPEATS } = require('./frame');

exports.extract = (data, name, profiles) => { // [FRM-040]
  for (const cursor of findFrames(data)) {
    const start = cursor.position;
    if (!isContentFrame(cursor)) {
      check(cursor.u64() === BigInt(cursor.end - start - 40), 'BAD_TRAILER');
      continue;
    }
    const frame = decodeHeader(cursor, start);
    frame.blocksAt = cursor.position;
    const regions = openIndex(cursor, frame);
    const region = regions.find((one) => name.length > 0 && one.name.equals(name));
    if (region) return readRegion(cursor, frame, region, profiles);
  }
  throw new ScapeError('NOT_FOUND');
};

function findFrames(data) {
  const frames = [];
  let end = data.length;
  check(end > 0, 'TRUNCATED'); // [FRM-002]
  while (end > 0) {
    check(end >= 40, 'TRUNCATED');
    check(data.subarray(end - 8, end).equals(END_MAGIC), 'BAD_TRAILER');
    const frameSize = data.readBigUInt64LE(end - 24);
    check(frameSize >= 40 && frameSize <= end, 'BAD_TRAILER');
    frames.push(new Cursor(data, 'TRUNCATED', end - Number(frameSize), end));
    end -= Number(frameSize);
  }
  return frames.reverse();
}

function openIndex(cursor, frame) { // [FRM-042]
  let first = cursor.position;
  check(cursor.end - first >= 72, 'TRUNCATED');
  const trailerAt = cursor.end - 72;
  cursor.position = trailerAt;
  const trailer = readTrailer(cursor, frame);
  check(trailer.frameSize === BigInt(cursor.end - frame.start), 'BAD_TRAILER');
  check(trailer.indexSize >= 20n && trailer.indexSize <= trailerAt - first, 'BAD_TRAILER');
  const indexAt = trailerAt - Number(trailer.indexSize);
  const contentSize = Number(trailer.contentSize);
  checkLengths(frame, contentSize, INDEX, trailerAt - indexAt - 20, 0);
  const payload = readBlock(cursor, indexAt, INDEX, trailerAt - indexAt - 20, 0);
  if (frame.flags & EMBEDDED) { // the PROFILE block stands in front of the listed ones
    check(indexAt - first >= 20, 'BAD_INDEX');
    frame.profileLength = cursor.data.readUInt32LE(first + 4);
    checkLengths(frame, 0, PROFILE, frame.profileLength, 0);
    first += 20 + frame.profileLength;
    check(first <= indexAt, 'BAD_INDEX');
  }
  listBlocks(payload, frame, first, indexAt);
  check(frame.size === contentSize, 'BAD_INDEX');
  return parseIndex(payload, frame.blocks, frame.size);
}

function listBlocks(payload, frame, position, indexAt) {
  const cursor = new Cursor(payload, 'BAD_INDEX');
  const count = cursor.varint();
  for (let i = 0; i < count; i++) {
    const gap = cursor.varint();
    const size = cursor.varint();
    const contentLength = cursor.varint();
    check(gap <= indexAt && size <= 2 * indexAt, 'BAD_INDEX');
    const kind = size % 2 ? REPEAT : CHUNK;
    const payloadLength = Math.floor(size / 2);
    check(kind !== REPEAT || frame.flags & REPEATS, 'BAD_ORDER'); // [BLK-003]
    checkLengths(frame, frame.size, kind, payloadLength, contentLength);
    frame.blocks.push({ kind, gap, offset: position + gap - frame.start, payloadLength, contentLength,
      contentStart: frame.size });
    position += gap + 20 + payloadLength;
    frame.size += contentLength;
    check(position <= indexAt, 'BAD_INDEX');
  }
}

function readBlock(cursor, start, kind, payloadLength, contentLength) {
  cursor.position = start;
  const header = new Cursor(cursor.take(12), 'TRUNCATED');
  check(header.uint(4) === kind && header.uint(4) === payloadLength && header.uint(4) === contentLength,
    'BAD_INDEX');
  const payload = cursor.take(payloadLength);
  const covered = cursor.data.subarray(start, cursor.position);
  check(cursor.u64() === checksum(covered), 'CHECKSUM');
  return payload;
}

function readRegion(cursor, frame, region, profiles) { // [FRM-041]
  if (region.length === 0) return [];
  if (frame.profileName) frame.sets = findProfile(frame.profileName, profiles);
  if (frame.flags & EMBEDDED) {
    frame.sets = parseProfile(readBlock(cursor, frame.blocksAt, PROFILE, frame.profileLength, 0));
  }
  const pieces = [];
  let size = 0;
  const before = new Map();
  for (const block of frame.blocks) {
    if (block.contentStart >= region.start && block.contentStart < region.start + region.length) {
      pieces.push(decodeListed(cursor, frame, block, before));
      size += block.contentLength;
    }
    before.set(block.offset, block);
  }
  check(size === region.length, 'BAD_INDEX');
  return pieces;
}

function decodeListed(cursor, frame, block, before) {
  const payload = readListed(cursor, frame, block);
  if (block.kind === REPEAT) {
    const target = findTarget(payload, before, block.contentLength);
    target.content = target.content || decodeListed(cursor, frame, target, before);
    return target.content;
  }
  block.content = block.content || decodeChunk(payload, block.contentLength, frame.sets);
  return block.content;
}

function readListed(cursor, frame, block) {
  return readBlock(cursor, frame.start + block.offset, block.kind, block.payloadLength, block.contentLength);
}
