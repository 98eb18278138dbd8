/** Command line: words for people, in English (the message itself) or Chinese (through gettext). */
#ifndef LINLI_APP_TEXT_H
#define LINLI_APP_TEXT_H

enum language { LANGUAGE_EN, LANGUAGE_ZH };

/** Find the catalogues, once, before other threads start: $LINLI_LOCALEDIR, else beside the program, else installed. */
void text_init(void);

/**
 * The language that a locale asks for. Args: values of LC_ALL, LC_MESSAGES, LANG and LANGUAGE; each may be NULL.
 */
enum language text_language(const char *lc_all, const char *lc_messages, const char *lang, const char *priority);

/** Speak `language` on this thread from now on. */
void text_use(enum language language);
enum language text_in_use(void);

/** Returns: `message` in this thread's language. Static. */
const char *text_get(const char *message) __attribute__((format_arg(1)));

#define _(message) text_get(message)
/** Marks a message that is looked up later. */
#define N_(message) message

#endif
