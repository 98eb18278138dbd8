/* Command line, output: JSON through jansson, and the fixed spellings of ids, dots and roles. */
#include "output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

char *output_hex(const uint8_t *at, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[at[i] >> 4];
        out[2 * i + 1] = digits[at[i] & 15];
    }
    out[2 * size] = '\0';
    return out;
}

char *output_id(const linli_id *id, char *out)
{
    return output_hex(id->b, sizeof(id->b), out);
}

char *output_author(const linli_author *author, char *out)
{
    output_hex(author->key, sizeof(author->key), out);
    snprintf(out + 64, OUTPUT_DOT_BYTES - 64, ".%016" PRIx64, author->incarnation);
    return out;
}

char *output_dot(const linli_dot *dot, char *out)
{
    output_author(&dot->author, out);
    snprintf(out + 81, OUTPUT_DOT_BYTES - 81, ":%" PRIu64, dot->seq);
    return out;
}

char *output_short_dot(const linli_dot *dot, char *out)
{
    output_hex(dot->author.key, 4, out);
    snprintf(out + 8, OUTPUT_DOT_BYTES - 8, ":%" PRIu64, dot->seq);
    return out;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool output_read_dot(const char *text, linli_dot *dot)
{
    if (strlen(text) < 83 || text[64] != '.' || text[81] != ':')
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        dot->author.key[i] = (uint8_t)(high * 16 + low);
    }
    dot->author.incarnation = 0;
    for (size_t i = 65; i < 81; i++) {
        if (digit(text[i]) < 0)
            return false;
        dot->author.incarnation = dot->author.incarnation << 4 | (uint64_t)digit(text[i]);
    }
    char *end = NULL;
    if (text[82] < '0' || text[82] > '9')
        return false;
    dot->seq = strtoull(text + 82, &end, 10);
    return *end == '\0';
}

static int print_json(struct context *ctx, json_t *json, size_t flags)
{
    if (json == NULL)
        return fail_memory(ctx);
    char *text = json_dumps(json, flags | JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(json);
    if (text == NULL)
        return fail_memory(ctx);
    fputs(text, ctx->out);
    fputc('\n', ctx->out);
    free(text);
    return STATUS_DONE;
}

int output_json(struct context *ctx, json_t *json)
{
    return print_json(ctx, json, 0);
}

int output_json_sorted(struct context *ctx, json_t *json)
{
    return print_json(ctx, json, JSON_SORT_KEYS);
}

json_t *output_text(const char *text, size_t size)
{
    json_t *json = json_stringn(text, size);
    if (json != NULL)
        return json;
    char *clean = malloc(size * 3 + 1);
    size_t length = 0;
    if (clean == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x80) {
            clean[length++] = text[i];
        } else {
            memcpy(clean + length, "\xef\xbf\xbd", 3);
            length += 3;
        }
    }
    json = json_stringn(clean, length);
    free(clean);
    return json;
}

json_t *output_json_id(const linli_id *id)
{
    char hex[OUTPUT_HEX_BYTES];
    return json_string(output_id(id, hex));
}

static const char *const roles[][2] = {
    {"", ""}, {"node", N_("node")}, {"clerk", N_("clerk")}, {"captain", N_("captain")}, {"viewer", N_("viewer")}};
static const char *const kinds[][2] = {{"", ""},
                                       {"city", N_("city")},
                                       {"district", N_("district")},
                                       {"street", N_("street")},
                                       {"community", N_("community")},
                                       {"patch", N_("patch")}};

const char *output_role(unsigned role)
{
    return role < sizeof(roles) / sizeof(roles[0]) ? roles[role][0] : "";
}

const char *output_role_label(unsigned role)
{
    return role < sizeof(roles) / sizeof(roles[0]) ? _(roles[role][1]) : "";
}

const char *output_scope_kind(unsigned kind)
{
    return kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind][0] : "";
}

const char *output_scope_kind_label(unsigned kind)
{
    return kind < sizeof(kinds) / sizeof(kinds[0]) ? _(kinds[kind][1]) : "";
}
