/** The pavise: a tall shield with a vertical ridge. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M3 2.6C4.6 1.5 6.2 1 8 1s3.4.5 5 1.6V13c-1.5 1.3-3.2 2-5 2s-3.5-.7-5-2V2.6Zm4.2.1v10.9h1.6V2.7a4 4 0 0 0-1.6 0Z"
      />
    </svg>
  );
}
