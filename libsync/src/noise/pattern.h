/*
 * noise: handshake patterns as data (Noise revision 34, sections 7, 9 and 18): pre-messages and message
 * tokens. The product speaks `noise_xxpsk0` alone; the other rows let the public vectors prove the machine
 * that drives it.
 */
#ifndef LINLI_NOISE_PATTERN_H
#define LINLI_NOISE_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

enum noise_token { TOKEN_END, TOKEN_E, TOKEN_S, TOKEN_EE, TOKEN_ES, TOKEN_SE, TOKEN_SS, TOKEN_PSK };

enum { NOISE_NAME_BYTES = 64, NOISE_MESSAGES_MAX = 4, NOISE_TOKENS_MAX = 8 };

struct noise_pattern {
    char name[NOISE_NAME_BYTES]; /* the whole protocol name, zero-padded: it is the first h as it stands */
    bool initiator_known;        /* pre-message -> s */
    bool responder_known;        /* pre-message <- s */
    uint8_t message_count;
    uint8_t tokens[NOISE_MESSAGES_MAX]
                  [NOISE_TOKENS_MAX + 1]; /* enum noise_token, each message ends in TOKEN_END */
};

extern const struct noise_pattern noise_xxpsk0;

/*
 * Build the pattern of a protocol name such as "Noise_KNpsk0_25519_ChaChaPoly_BLAKE2b".
 * Returns LINLI_OK, or LINLI_E_NOT_FOUND for another cipher suite, base pattern or modifier (`out`
 * untouched).
 */
int noise_pattern_named(const char *protocol, struct noise_pattern *out);
unsigned noise_pattern_psks(const struct noise_pattern *pattern);

#endif
