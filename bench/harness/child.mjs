/** The other side of `Child.mjs`: loads a subject and answers the questions about it. */
const [module, options] = process.argv.slice(2)
const { start } = await import(module)
const subject = await start(JSON.parse(options))

process.on('disconnect', () => process.exit())
process.on('message', async ({ name, args }) => {
  try {
    process.send({ value: await subject[name](...args) })
  } catch (error) {
    process.send({ error: error?.stack ?? String(error) })
  }
})
