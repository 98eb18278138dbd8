/* Command line, text: each thread's language over gettext, so that one daemon answers callers of both languages. */
#include "text.h"

#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "linli"

static _Thread_local enum language in_use = LANGUAGE_EN;
static locale_t chinese; /* set once by text_init, before threads start */

static bool holds_catalogue(const char *dir)
{
    char path[4200];
    int size = snprintf(path, sizeof(path), "%s/zh_CN/LC_MESSAGES/" DOMAIN ".mo", dir);
    return size > 0 && (size_t)size < sizeof(path) && access(path, R_OK) == 0;
}

/* A build tree has bin/linli and locale/; an installation bin/linli and share/locale/. */
static bool beside_program(char *dir, size_t size)
{
    static const char *const places[] = {"/../locale", "/../share/locale"};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int written = snprintf(dir, size, "%s%s", program, places[i]);
        if (written > 0 && (size_t)written < size && holds_catalogue(dir))
            return true;
    }
    return false;
}

/* gettext translates in any locale but "C"; LANGUAGE then says which catalogue, so a machine without zh_CN will do. */
static locale_t translating_locale(void)
{
    static const char *const names[] = {"zh_CN.UTF-8", "zh_CN.utf8", "", "en_US.UTF-8", "C.UTF-8"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        locale_t found = newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, names[i], (locale_t)0);
        if (found == (locale_t)0)
            continue;
        locale_t before = uselocale(found);
        bool plain = strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0 && names[i][0] == '\0';
        uselocale(before);
        if (!plain)
            return found;
        freelocale(found);
    }
    return (locale_t)0;
}

void text_init(void)
{
    char dir[4200];
    const char *told = getenv("LINLI_LOCALEDIR");
    if (told != NULL && told[0] != '\0')
        bindtextdomain(DOMAIN, told);
    else if (beside_program(dir, sizeof(dir)))
        bindtextdomain(DOMAIN, dir);
    else
        bindtextdomain(DOMAIN, "/usr/share/locale");
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    setenv("LANGUAGE", "zh_CN", 1);
    chinese = translating_locale();
}

enum language text_language(const char *lc_all, const char *lc_messages, const char *lang, const char *priority)
{
    const char *locale = lc_all != NULL && lc_all[0] != '\0' ? lc_all
                         : lc_messages != NULL && lc_messages[0] != '\0' ? lc_messages
                                                                         : lang;
    if (locale == NULL || locale[0] == '\0' || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return LANGUAGE_EN;
    if (priority != NULL && priority[0] != '\0')
        locale = priority;
    return strncmp(locale, "zh", 2) == 0 ? LANGUAGE_ZH : LANGUAGE_EN;
}

void text_use(enum language language)
{
    in_use = language;
}

enum language text_in_use(void)
{
    return in_use;
}

const char *text_get(const char *message)
{
    if (in_use == LANGUAGE_EN || chinese == (locale_t)0 || message[0] == '\0')
        return message;
    locale_t before = uselocale(chinese);
    const char *found = dgettext(DOMAIN, message);
    uselocale(before);
    return found;
}
