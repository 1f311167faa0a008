import { defineConfig } from 'vitest/config'

/** `npm run coverage:file`: which branches of the file engine these tests take. */
export default defineConfig({
  test: {
    include: ['test/file/**/*.test.ts'],
    testTimeout: 120_000,
    setupFiles: ['test/propertySizes.ts'],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/file/**'],
      reporter: ['text'],
      thresholds: {
        // Journal, snapshot, recovery, lock and what they lean on: no branch without a test.
        [`src/file/{${[
          'Journal',
          'JournalFile',
          'JournalReader',
          'frame',
          'changeText',
          'ChangeLines',
          'Replay',
          'adoption',
          'recovery',
          'reportRecovery',
          'JournalCopy',
          'SnapshotReader',
          'SnapshotWriter',
          'SnapshotBytes',
          'OldLines',
          'ItemScanner',
          'jsonErrorAt',
          'jsonBytes',
          'findStart',
          'depth',
          'jsonText',
          'itemBehind',
          'layoutOf',
          'salvageJournals',
          'toolOptions',
          'Lock',
          'NamesWatch',
          'OwnedDisk',
          'Checkpoints',
          'sockets',
          'fileSet',
          'writeAll',
        ].join(',')}}.ts`]: { branches: 100 },
      },
    },
  },
})
