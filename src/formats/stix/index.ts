/**
 * stix: indicators from STIX 2.0 and 2.1 bundles (https://docs.oasis-open.org/cti/stix/v2.1/), as the public feeds on mercenary spyware use them.
 *
 * A feed is a bundle of `malware` or `report` objects (the collections), `indicator` objects with one pattern each, and `relationship`
 * objects that tie them together. Patterns of one comparison, `[domain-name:value='x']`, become indicators under one spelling of their
 * key; every other pattern is kept as unsupported with its reason, because a silently dropped indicator reads as "clean".
 *
 * Main flow: `parseStixBundle` reads the JSON → `parsePattern` splits key and value (a value may hold `=` and escaped quotes) → the collection is
 * looked up by report, then by relationship. Of several versions of one indicator the last counts; revoked ones are kept apart; confidence, validity,
 * traffic light and statement come along.
 */
export {
  type IndicatorKey,
  type ParsedBundle,
  parseStixBundle,
  type StixIndicator,
  type UnsupportedPattern,
} from './bundle.ts';
export { INDICATOR_KEYS, readValue } from './pattern.ts';
