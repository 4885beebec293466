/**
 * formats/gzip: streaming decompression of gzip (RFC 1952), zlib (RFC 1950, called "deflate") and raw deflate (RFC 1951).
 *
 * By the standard DecompressionStream, so that Node and browsers share it; here are the limits that it lacks, and errors as FormatError.
 */
export { gunzip, type InflateLimits, inflateStream } from './inflate.ts';
