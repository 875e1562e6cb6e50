export function packed(): { readonly tarball: string; readonly folder: string };
