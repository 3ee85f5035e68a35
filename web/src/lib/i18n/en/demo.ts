/** Words of the guided demo. */
export const demo = {
  'demo.title': 'Guided demo',
  'demo.running': 'Under way',
  'demo.finished': 'Done',
  'demo.text':
    'The whole job on two drawn people, so that nobody real is in it. It takes about four minutes; look around meanwhile.',
  'demo.look': 'Look at what was made, withdraw a consent and see what it changes, or begin with your own clips.',
  'demo.begin': 'Begin the demo',
  'demo.result': 'See before and after',
  'demo.records': 'See the consents',
  'demo.anew': 'Begin anew',
  'demo.step.cast': 'Two people sign',
  'demo.step.cast.text': 'They are drawn, keys are made, and each signs a consent record.',
  'demo.step.train': 'A pair of nets learns',
  'demo.step.train.text': 'One encoder, two decoders: watch the preview get sharper.',
  'demo.step.render': 'The face is swapped',
  'demo.step.render.text': 'Every frame is labelled, sealed and read back.',
  'demo.step.report': 'The result is measured',
  'demo.step.report.text': 'By a net that took no part in making the face.',
} as const;
