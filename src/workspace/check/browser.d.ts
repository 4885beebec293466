/** File System Access API, where the browser has it. */
interface Window {
  showDirectoryPicker?: (options: { mode: 'read' }) => Promise<FileSystemDirectoryHandle>;
}

/** Version of the package, put in by the build. */
declare const __PAVISE_VERSION__: string;

/** A worker as a file of its own, by its address. */
declare module '*?worker&url' {
  const url: string;
  export default url;
}
