/**
 * Names under which machines that copy phones pair with them: the makers and products as their own pages name them. Words that are common in
 * names of computers stand only with what follows them.
 */
export const FORENSIC_BOXES: readonly (readonly [RegExp, string])[] = [
  [/\bcellebrite\b/i, 'Cellebrite'],
  [/\bUFED\b/i, 'Cellebrite UFED'],
  [/\bgray ?key\b|\bgrayshift\b/i, 'GrayKey'],
  [/\bmagnet[ _-]?(?:axiom|acquire|forensics|graykey|verakey)\b|\bverakey\b/i, 'Magnet Forensics'],
  [/\bMSAB\b|\bXRY\b/, 'MSAB XRY'],
  [/\boxygen[ _-]?(?:forensics?|detective)\b/i, 'Oxygen Forensics'],
  [/\belcomsoft\b/i, 'Elcomsoft'],
  [/\bbelkasoft\b/i, 'Belkasoft'],
  [/\bmobiledit\b/i, 'MOBILedit'],
];
