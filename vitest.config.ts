import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Crash and kill tests run child processes: give them time on two busy cores.
    testTimeout: 60_000,
  },
})
