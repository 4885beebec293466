/**
 * stalkerware: the files of the stalkerware-indicators project (https://github.com/AssoEchap/stalkerware-indicators, CC BY 4.0).
 *
 * `ioc.yaml` and `watchware.yaml` list families with their packages, certificates, control servers and web sites; `samples.csv` lists digests
 * of known samples. Both become the same shape as a STIX bundle. Web sites weigh little: a visit is not an infection.
 */
export { parseStalkerwareYaml } from './ioc-yaml.ts';
export { isSamplesCsv, parseSamplesCsv } from './samples-csv.ts';
