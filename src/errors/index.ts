export { ApplicationException } from './ApplicationException.js'
export {
  BadRequestException,
  ConfigException,
  ConflictException,
  ConnectionException,
  FileException,
  InvalidStateException,
  UnsupportedException,
} from './exceptions.js'
