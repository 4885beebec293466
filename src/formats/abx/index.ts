/**
 * formats/abx: Android's binary XML (AOSP, com.android.internal.util.BinaryXmlSerializer), which system files are written in since Android 12.
 *
 * `parseAbx` gives the tree of elements with their attributes as text, as the XML twin would have them. Bounded in depth and count; throws only
 * FormatError `abx-…`. Pure and browser-safe.
 */
export { isAbx, parseAbx, type XmlElement } from './parse.ts';
