/* Command line: finding a device among those that hold grants. */
#include "devices.h"

#include <string.h>

#include "fail.h"
#include "output.h"

enum { PREFIX_MIN = 8 };

struct finding {
    const char *text;
    size_t size, matches;
    bool hexadecimal;
    uint8_t key[32];
};

static bool on_grant(void *at, const struct linli_grant *grant)
{
    struct finding *f = at;
    char hex[OUTPUT_HEX_BYTES];

    output_hex(grant->device, 32, hex);
    bool fits = (f->hexadecimal && strncmp(hex, f->text, f->size) == 0) || (grant->name[0] != '\0' && strcmp(grant->name, f->text) == 0);
    if (fits && (f->matches == 0 || memcmp(f->key, grant->device, 32) != 0)) {
        memcpy(f->key, grant->device, 32);
        f->matches++;
    }
    return true;
}

int devices_find(struct context *ctx, const char *text, uint8_t key[32])
{
    struct finding f = {.text = text, .size = strlen(text)};

    f.hexadecimal = f.size >= PREFIX_MIN && f.size <= 64 && strspn(text, "0123456789abcdef") == f.size;
    int rc = linli_grant_each(ctx->store, on_grant, &f);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (f.matches == 0)
        return fail(ctx, STATUS_NOT_FOUND, _("device"), _("see 'linli grant list'"), "%s", _("no such device holds a grant"));
    if (f.matches > 1)
        return fail(ctx, STATUS_USAGE, _("device"), _("give more of its key"), "%s", _("several devices fit"));
    memcpy(key, f.key, 32);
    return STATUS_DONE;
}
