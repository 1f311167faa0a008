import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/propertySizes.ts'],
    // Crash and kill tests run child processes: give them time on two busy cores.
    testTimeout: 120_000,
    // Some set up a project of their own: pack, install, compile.
    hookTimeout: 300_000,
  },
})
