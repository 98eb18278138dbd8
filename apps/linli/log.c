/* Command line, the log of `serve`. */
#include "log.h"

#include <inttypes.h>
#include <string.h>

#include "dates.h"
#include "output.h"
#include "store_open.h"

enum { LINE_BYTES = 512, ID_SHOWN = 4 };

static const char *const names[] = {"error", "info", "debug", "trace"};

enum log_level log_level_read(const char *word)
{
    for (unsigned level = LOG_ERROR; word != NULL && level <= LOG_TRACE; level++)
        if (strcmp(word, names[level]) == 0)
            return (enum log_level)level;
    return LOG_INFO;
}

/* `open` and `close` stand around the value of what is no number: nothing in a line needs escaping. */
static int item_write(const struct log_item *item, bool json, char *out, size_t room)
{
    char hex[OUTPUT_HEX_BYTES];
    const char *open = json ? ",\"" : " ", *is = json ? "\":\"" : "=", *is_number = json ? "\":" : "=", *close = json ? "\"" : "";
    switch (item->kind) {
    case LOG_NUMBER: return snprintf(out, room, "%s%s%s%" PRIu64, open, item->key, is_number, item->is.number);
    case LOG_DIGITS: return snprintf(out, room, "%s%s%s%06" PRIu64 "%s", open, item->key, is, item->is.number, close);
    case LOG_ID: return snprintf(out, room, "%s%s%s%s%s", open, item->key, is, output_hex(item->is.id, ID_SHOWN, hex), close);
    case LOG_CODE: return snprintf(out, room, "%s%s%s%s%s", open, item->key, is, linli_code_name((int)(int64_t)item->is.number), close);
    case LOG_ROLE: return snprintf(out, room, "%s%s%s%s%s", open, item->key, is, output_role((unsigned)item->is.number), close);
    case LOG_VERB: {
        const char *name = item->is.verb != NULL ? item->is.verb->name : "none";
        return snprintf(out, room, json ? "%s%s%s%s%s" : "%s%s%s\"%s\"%s", open, item->key, is, name, close);
    }
    }
    return 0;
}

void log_write(const struct log *log, enum log_level level, const char *event, const struct log_item *items, size_t count)
{
    char line[LINE_BYTES], time[DATES_TIME_BYTES];
    unsigned how = log != NULL ? atomic_load(&log->how) : 0;
    bool json = (how & 256u) != 0;
    if (log == NULL || (unsigned)level > (how & 255u))
        return;
    int size = snprintf(line, sizeof(line), json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"" : "%s %s %s",
                        dates_write_time((int64_t)store_now_ms(), time), names[level], event);
    for (size_t i = 0; i < count && size < LINE_BYTES; i++)
        size += item_write(&items[i], json, line + size, sizeof(line) - (size_t)size);
    fprintf(log->to, "%s%s\n", line, json ? "}" : ""); /* one call, so that lines of several threads do not mix */
    fflush(log->to);
}
