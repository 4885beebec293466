/**
 * Where a pure room takes what nobody may guess: `crypto` of browsers and of Node, or in a test something that can be repeated.
 *
 * What a primitive draws for itself (RSA-OAEP, ECDSA) is not asked for here.
 */
export type Randomness = Pick<Crypto, 'getRandomValues'> & { readonly subtle: Pick<SubtleCrypto, 'generateKey'> };
