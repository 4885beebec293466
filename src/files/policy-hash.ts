import { createHash } from 'node:crypto';

/** Hex SHA-256 over a policy's text exactly as the manifest binds it (base64). */
export function policySha256(policyText: string): string {
  return createHash('sha256').update(policyText, 'utf8').digest('hex');
}
