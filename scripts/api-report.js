// Compares the public surface of each entry point with the reviewed reports in etc/, or with --accept writes them.
// A public name without a docstring is an error. A report marks members without one.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { packed } from './pack.js';
import { entries, exportsOf, typesOf } from './public-names.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { None, Warning, Error: Fault } = ExtractorLogLevel;

/** Complaints about the public surface; an empty list when all is as reviewed. */
export function apiComplaints({ accept = false } = {}) {
  const { folder } = packed();
  mkdirSync(join(root, 'etc'), { recursive: true });
  return Object.entries(entries).flatMap(([door, name]) => [
    ...exportsOf(typesOf(door))
      .filter(({ doc }) => doc === '')
      .map((entry) => `${name}: ${entry.name} is public and has no docstring.`),
    ...report(folder, typesOf(door), name, accept),
  ]);
}

function report(folder, types, name, accept) {
  const complaints = [];
  const configObject = {
    projectFolder: folder,
    mainEntryPointFilePath: types,
    bundledPackages: [],
    newlineKind: 'lf',
    compiler: { overrideTsconfig: compilerOptions() },
    apiReport: {
      enabled: true,
      reportFolder: join(root, 'etc'),
      reportTempFolder: join(root, '.cache/api'),
      reportFileName: `${name}.api.md`,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: Fault } },
      extractorMessageReporting: {
        default: { logLevel: Warning },
        'ae-missing-release-tag': { logLevel: None },
        'ae-unresolved-link': { logLevel: None },
        'ae-undocumented': { logLevel: None },
        'ae-forgotten-export': { logLevel: None },
      },
      tsdocMessageReporting: { default: { logLevel: None } },
    },
  };
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: accept,
    showVerboseMessages: false,
    messageCallback: (message) => {
      message.handled = true;
      const { logLevel, sourceFilePath, sourceFileLine, text } = message;
      if (logLevel !== Fault && logLevel !== Warning) return;
      if (message.messageId.startsWith('console-')) return;
      const place = sourceFilePath
        ? `${sourceFilePath.replace(`${folder}/`, '')}:${sourceFileLine}: `
        : '';
      complaints.push(`${name}: ${place}${text}`);
    },
  });
  if (apiReportChanged && !accept) {
    complaints.push(
      `etc/${name}.api.md is not what src exports: npm run api, and review the difference.`,
    );
  }
  return [...new Set(complaints)];
}

function compilerOptions() {
  const { compilerOptions: ours } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return { compilerOptions: { ...ours, paths: {}, types: ['node'] } };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const complaints = apiComplaints({ accept: process.argv.includes('--accept') });
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
