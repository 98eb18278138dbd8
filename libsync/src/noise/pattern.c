/*
 * noise: the table of patterns (Noise revision 34, sections 7.4, 7.5 and 18.1) and the psk modifiers of
 * section 9.
 */
#include "noise/pattern.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"

#define SUITE "_25519_ChaChaPoly_BLAKE2b"
#define PREFIX "Noise_"

enum { E = TOKEN_E, S = TOKEN_S, EE = TOKEN_EE, ES = TOKEN_ES, SE = TOKEN_SE, SS = TOKEN_SS };

const struct noise_pattern noise_xxpsk0 = {
    .name = PREFIX "XXpsk0" SUITE,
    .message_count = 3,
    .tokens = {{TOKEN_PSK, E}, {E, EE, S, ES}, {S, SE}},
};

/*
 * The name here is the base pattern's alone. A K in the name is a pre-message; the 1 of a deferred pattern is
 * not.
 */
static const struct noise_pattern bases[] = {
    {"N", false, true, 1, {{E, ES}}},
    {"K", true, true, 1, {{E, ES, SS}}},
    {"X", false, true, 1, {{E, ES, S, SS}}},

    {"NN", false, false, 2, {{E}, {E, EE}}},
    {"NK", false, true, 2, {{E, ES}, {E, EE}}},
    {"NX", false, false, 2, {{E}, {E, EE, S, ES}}},
    {"KN", true, false, 2, {{E}, {E, EE, SE}}},
    {"KK", true, true, 2, {{E, ES, SS}, {E, EE, SE}}},
    {"KX", true, false, 2, {{E}, {E, EE, SE, S, ES}}},
    {"XN", false, false, 3, {{E}, {E, EE}, {S, SE}}},
    {"XK", false, true, 3, {{E, ES}, {E, EE}, {S, SE}}},
    {"XX", false, false, 3, {{E}, {E, EE, S, ES}, {S, SE}}},
    {"IN", false, false, 2, {{E, S}, {E, EE, SE}}},
    {"IK", false, true, 2, {{E, ES, S, SS}, {E, EE, SE}}},
    {"IX", false, false, 2, {{E, S}, {E, EE, SE, S, ES}}},

    {"NK1", false, true, 2, {{E}, {E, EE, ES}}},
    {"NX1", false, false, 3, {{E}, {E, EE, S}, {ES}}},
    {"K1N", true, false, 3, {{E}, {E, EE}, {SE}}},
    {"K1K", true, true, 3, {{E, ES}, {E, EE}, {SE}}},
    {"KK1", true, true, 2, {{E}, {E, EE, SE, ES}}},
    {"K1K1", true, true, 3, {{E}, {E, EE, ES}, {SE}}},
    {"K1X", true, false, 3, {{E}, {E, EE, S, ES}, {SE}}},
    {"KX1", true, false, 3, {{E}, {E, EE, SE, S}, {ES}}},
    {"K1X1", true, false, 3, {{E}, {E, EE, S}, {SE, ES}}},
    {"X1N", false, false, 4, {{E}, {E, EE}, {S}, {SE}}},
    {"X1K", false, true, 4, {{E, ES}, {E, EE}, {S}, {SE}}},
    {"XK1", false, true, 3, {{E}, {E, EE, ES}, {S, SE}}},
    {"X1K1", false, true, 4, {{E}, {E, EE, ES}, {S}, {SE}}},
    {"X1X", false, false, 4, {{E}, {E, EE, S, ES}, {S}, {SE}}},
    {"XX1", false, false, 3, {{E}, {E, EE, S}, {ES, S, SE}}},
    {"X1X1", false, false, 4, {{E}, {E, EE, S}, {ES, S}, {SE}}},
    {"I1N", false, false, 3, {{E, S}, {E, EE}, {SE}}},
    {"I1K", false, true, 3, {{E, ES, S}, {E, EE}, {SE}}},
    {"IK1", false, true, 2, {{E, S}, {E, EE, SE, ES}}},
    {"I1K1", false, true, 3, {{E, S}, {E, EE, ES}, {SE}}},
    {"I1X", false, false, 3, {{E, S}, {E, EE, S, ES}, {SE}}},
    {"IX1", false, false, 3, {{E, S}, {E, EE, SE, S}, {ES}}},
    {"I1X1", false, false, 3, {{E, S}, {E, EE, S}, {SE, ES}}},
};

static const struct noise_pattern *find_base(const char *name, size_t size)
{
    for (size_t i = 0; i < COUNT_OF(bases); i++)
        if (strlen(bases[i].name) == size && memcmp(bases[i].name, name, size) == 0)
            return &bases[i];
    return NULL;
}

static size_t token_count(const uint8_t *tokens)
{
    size_t count = 0;
    while (tokens[count] != TOKEN_END)
        count++;
    return count;
}

/* Noise 9.3: psk0 stands at the start of the first message, psk1 and up at the end of that message. */
static bool insert_psk(struct noise_pattern *pattern, unsigned place)
{
    if (place > pattern->message_count)
        return false;
    uint8_t *tokens = pattern->tokens[place == 0 ? 0 : place - 1];
    size_t count = token_count(tokens);
    ALWAYS(count < NOISE_TOKENS_MAX); /* at most two go into one message, and no message of the table is so long */
    if (place == 0)
        memmove(tokens + 1, tokens, count);
    tokens[place == 0 ? 0 : count] = TOKEN_PSK;
    return true;
}

/* The modifiers between the base pattern and the suite: "psk0", "psk0+psk2"; `*at` is left behind them. */
static bool apply_modifiers(struct noise_pattern *pattern, const char **at)
{
    unsigned next_place = 0;
    while (strncmp(*at, "psk", 3) == 0) {
        char digit = (*at)[3];
        if (digit < '0' || digit > '9' || (unsigned)(digit - '0') < next_place)
            return false;
        next_place = (unsigned)(digit - '0') + 1;
        if (!insert_psk(pattern, next_place - 1))
            return false;
        *at += 4;
        if (strncmp(*at, "+psk", 4) == 0)
            *at += 1;
    }
    return true;
}

int noise_pattern_named(const char *protocol, struct noise_pattern *out)
{
    size_t size = strlen(protocol);
    if (size > NOISE_NAME_BYTES || strncmp(protocol, PREFIX, strlen(PREFIX)) != 0)
        return LINLI_E_NOT_FOUND;
    const char *at = protocol + strlen(PREFIX);
    size_t base_size = strcspn(at, "p_");
    const struct noise_pattern *base = find_base(at, base_size);
    if (base == NULL)
        return LINLI_E_NOT_FOUND;
    struct noise_pattern pattern = *base;
    at += base_size;
    if (!apply_modifiers(&pattern, &at) || strcmp(at, SUITE) != 0)
        return LINLI_E_NOT_FOUND;
    memset(pattern.name, 0, sizeof(pattern.name));
    memcpy(pattern.name, protocol, size);
    *out = pattern;
    return LINLI_OK;
}

unsigned noise_pattern_psks(const struct noise_pattern *pattern)
{
    unsigned count = 0;
    for (size_t m = 0; m < pattern->message_count; m++)
        for (const uint8_t *token = pattern->tokens[m]; *token != TOKEN_END; token++)
            count += *token == TOKEN_PSK;
    return count;
}
