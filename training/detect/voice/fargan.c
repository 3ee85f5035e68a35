/* Speech through FARGAN, the neural vocoder in the source of Opus 1.6.1 (dnn/): 16 kHz, 16 bit, from stdin to stdout.
 * An argument 0 to 15 puts the features through DRED's neural codec first, at that coarseness. `fargan.sh` builds it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "arch.h"
#include "cpu_support.h"
#include "dred_rdovae_dec.h"
#include "dred_rdovae_dec_data.h"
#include "dred_rdovae_enc.h"
#include "dred_rdovae_enc_data.h"
#include "dred_rdovae_stats_data.h"
#include "fargan.h"
#include "lpcnet.h"

#define FRAME 160
#define BLOCK 50

static void rounded(float *x, const opus_uint8 *scale, const opus_uint8 *r, const opus_uint8 *p0, int dim) {
  for (int i = 0; i < dim; i++) {
    float q = floorf(.5f + x[i] * scale[i] / 256.f);
    x[i] = (r[i] == 0 || p0[i] == 255 || scale[i] == 0) ? 0 : q * 256.f / scale[i];
  }
}

/* Blocks of two seconds, each decoded from its end to its beginning, as DRED sends them. */
static void through_dred(float *f, int frames, int q, int arch) {
  static RDOVAEEnc enc_model;
  static RDOVAEDec dec_model;
  static RDOVAEEncState enc;
  static RDOVAEDecState dec;
  int count = frames / 4 * 2;
  float *z = calloc(count * DRED_LATENT_DIM, sizeof(float)), *s = calloc(count * DRED_STATE_DIM, sizeof(float));
  init_rdovaeenc(&enc_model, rdovaeenc_arrays);
  init_rdovaedec(&dec_model, rdovaedec_arrays);
  for (int i = 0; i < count; i++)
    dred_rdovae_encode_dframe(&enc, &enc_model, z + i * DRED_LATENT_DIM, s + i * DRED_STATE_DIM, f + 2 * i * DRED_NUM_FEATURES, arch);
  for (int from = 0; from < count; from += 2 * BLOCK) {
    int last = (from + 2 * BLOCK < count ? from + 2 * BLOCK : count) - 1, to = q * DRED_STATE_DIM, at = q * DRED_LATENT_DIM;
    float latent[DRED_LATENT_DIM + 1], four[4 * DRED_NUM_FEATURES];
    rounded(s + last * DRED_STATE_DIM, dred_state_quant_scales_q8 + to, dred_state_r_q8 + to, dred_state_p0_q8 + to, DRED_STATE_DIM);
    memset(&dec, 0, sizeof dec);
    dred_rdovae_dec_init_states(&dec, &dec_model, s + last * DRED_STATE_DIM, arch);
    for (int i = last; i > from; i -= 2) {
      memcpy(latent, z + i * DRED_LATENT_DIM, sizeof(float) * DRED_LATENT_DIM);
      rounded(latent, dred_latent_quant_scales_q8 + at, dred_latent_r_q8 + at, dred_latent_p0_q8 + at, DRED_LATENT_DIM);
      latent[DRED_LATENT_DIM] = q * .125f - 1;
      dred_rdovae_decode_qframe(&dec, &dec_model, four, latent, arch);
      for (int k = 0; k < 4; k++)
        memcpy(f + (2 * i - 2 + k) * DRED_NUM_FEATURES, four + (3 - k) * DRED_NUM_FEATURES, sizeof(float) * DRED_NUM_FEATURES);
    }
  }
  free(z);
  free(s);
}

int main(int argc, char **argv) {
  int arch = opus_select_arch(), frames = 0, room = 0;
  float *f = NULL, five[5 * NB_FEATURES], zeros[320] = {0}, out[FRAME];
  opus_int16 pcm[FRAME];
  LPCNetEncState *encoder = lpcnet_encoder_create();
  static FARGANState fargan;
  while (fread(pcm, sizeof *pcm, FRAME, stdin) == FRAME) {
    float all[NB_TOTAL_FEATURES];
    if (frames == room) f = realloc(f, (room = 2 * room + 1000) * NB_FEATURES * sizeof(float));
    lpcnet_compute_single_frame_features(encoder, pcm, all, arch);
    memcpy(f + frames++ * NB_FEATURES, all, NB_FEATURES * sizeof(float));
  }
  if (argc > 1) through_dred(f, frames, atoi(argv[1]), arch);
  fargan_init(&fargan);
  for (int i = 0; i < 5; i++) memcpy(five + i * NB_FEATURES, f, NB_FEATURES * sizeof(float));
  fargan_cont(&fargan, zeros, five);
  for (int i = 0; i < frames; i++) {
    fargan_synthesize(&fargan, out, f + i * NB_FEATURES);
    for (int k = 0; k < FRAME; k++) pcm[k] = (opus_int16)floorf(.5f + fminf(32767, fmaxf(-32767, 32768.f * out[k])));
    fwrite(pcm, sizeof *pcm, FRAME, stdout);
  }
  return 0;
}
