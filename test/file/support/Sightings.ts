/** How often a search met what it is to meet. */
export class Sightings {
  batchesWritten = 0
  groupsOfSeveral = 0
  groupsBesideAnother = 0
  groupsBegunWhileCallersAreTold = 0
  largeBatches = 0
  largeBatchesBesideAnother = 0
  failures = 0
  failuresOfTwoGroups = 0
  batchesTakenOut = 0
  tasksBehindGroups = 0
  steps = 0
  stepsBeforeAnnouncedGroups = 0
  stepsCancelled = 0
}
