/* Command line, the verb table: it drives dispatch, help, the man page and completions. */
#include "verbs.h"

#define END {NULL, NULL, NULL, NULL, false}
#define SCOPE {"scope", "SCOPE", NULL, N_("an id, a unique start of one, or a path such as 昆明市/官渡区"), false}

#define REASON {"reason", "TEXT", NULL, N_("why: kept in the audit where sealed fields are read"), false}

static const struct flag init_flags[] = {
    {"root", "KIND", "city community", N_("what the root of trust is"), false},
    {"name", "NAME", NULL, N_("the root scope's name"), false},
    {"division", "CODE", NULL, N_("its division code: 6, 9 or 12 digits"), false},
    END};
static const struct flag scope_add_flags[] = {
    {"parent", "SCOPE", NULL, N_("the scope above"), false},
    {"kind", "KIND", "district street community patch", N_("what it is"), false},
    {"name", "NAME", NULL, N_("what it is called; unlike its siblings"), false},
    {"division", "CODE", NULL, N_("its division code"), false},
    {"style", "STYLE", "courtyard compound fringe village", N_("the kind of area, which sets the captains' ratio"), false},
    END};
static const struct flag invite_flags[] = {
    SCOPE,
    {"role", "ROLE", "captain clerk node viewer", N_("what the holder may be"), false},
    {"name", "NAME", NULL, N_("who will hold it"), false},
    {"expires", "SPAN", NULL, N_("how long it is good: 90s, 30m, 24h, 7d (24h unless told)"), false},
    {"address", "HOST:PORT", NULL, N_("where this node can be reached (else where 'linli serve' listens)"), true},
    {"confirm", NULL, NULL, N_("its device waits until the digits on both screens were compared: see 'linli enrol'"), false},
    {"qr", NULL, NULL, N_("print its QR code too"), false},
    {"blind", NULL, NULL, N_("the holder keeps and passes on sealed fields, and cannot read them"), false},
    END};
static const struct flag join_flags[] = {{"name", "DEVICE", NULL, N_("what to call this device"), false}, END};
static const struct flag grant_move_flags[] = {{"to", "SCOPE", NULL, N_("where it goes on"), false}, END};
static const struct flag revoke_flags[] = {
    SCOPE,
    {"reason", "TEXT", NULL, N_("left, moved, lost, stolen, error, retired, or a note for the office"), false},
    {"since", "TIME", NULL, N_("accepted is what was here when this store last wrote before then (else what is here now)"), false},
    {"keep", "WHAT", "said none", N_("what it granted, revoked and ruled stays good as far as it is accepted, or not"), false},
    {"compromised", NULL, NULL, N_("the key is in the wrong hands: revocations that it signed fall, too"), false},
    END};
static const struct flag rule_flags[] = {
    SCOPE, {"device", "DEVICE", NULL, N_("only what this device wrote"), false}, END};
static const struct flag import_flags[] = {
    SCOPE,
    {"kind", "KIND", "roster buildings captains divisions", N_("what the file holds (else its headings tell)"), false},
    {"dry-run", NULL, NULL, N_("say what would happen and change nothing"), false},
    {"strict", NULL, NULL, N_("change nothing when any row is bad"), false},
    {"complete", NULL, NULL, N_("buildings: the file names all there are, so delete those it does not name"), false},
    {"map", "RULES", NULL, N_("the file's own headings: HEADING=FIELD,... (buildings: COLUMN+COLUMN=FIELD), or @FILE"), false},
    {"mapping", "FILE", NULL, N_("the same, one rule a line, out of a file; HEADING=- passes a column over"), false},
    {"date", "DATE", NULL, N_("divisions: the day from which the codes hold; captains: since when (today unless told)"), false},
    END};
static const struct flag building_add_flags[] = {
    SCOPE,
    {"name", "NAME", NULL, N_("what it is called"), false},
    {"units", "N", NULL, N_("entrances with stairs of their own"), false},
    {"floors", "N", NULL, N_("floors of each"), false},
    {"rooms", "N", NULL, N_("dwellings on each floor"), false},
    {"skip", "FLOORS", NULL, N_("floors that there are not, such as 4,14"), false},
    {"style", "STYLE", "courtyard compound fringe village", N_("the kind of building"), false},
    {"year", "YEAR", NULL, N_("when it was built"), false},
    {"lifts", "N", NULL, N_("how many lifts"), false},
    {"ramps", "N", NULL, N_("how many ramps"), false},
    {"handrails", "N", NULL, N_("how many handrails"), false},
    {"address", "TEXT", NULL, N_("its address"), false},
    END};
static const struct flag today_flags[] = {SCOPE, REASON, END};
static const struct flag undo_flags[] = {
    {"anyway", NULL, NULL, N_("even when something else stands there"), false}, REASON, END};
static const struct flag stats_flags[] = {SCOPE, {"csv", NULL, NULL, N_("a table for spreadsheets"), false}, END};
static const struct flag check_flags[] = {SCOPE, REASON, END};
static const struct flag list_flags[] = {
    SCOPE,
    {"where", "FIELD=VALUE", NULL, N_("only records that have this value"), true},
    {"filter", "NAME", "due overdue newcomers alone",
     N_("households to be seen by today, or that should have been; residents who came this month, or live alone"), false},
    {"match", "TEXT", NULL, N_("only who is called, lives or is reached so: characters, pinyin, first letters, 3-1-502, last digits; else what holds the text"), false},
    {"sort", "FIELD", NULL, N_("in this field's order (else by id)"), false},
    {"limit", "N", NULL, N_("at most so many"), false},
    {"apart", NULL, NULL, N_("a line for each record, of people recorded twice, too"), false},
    {"deleted", NULL, NULL, N_("deleted ones too"), false},
    REASON,
    END};
static const struct flag read_flags[] = {REASON, END};
static const struct flag set_flags[] = {
    {"scope", "SCOPE", NULL, N_("where a new record goes"), false},
    {"seen", "TOKEN", NULL, N_("replace only what this reading showed (from 'linli show --json')"), false},
    {"reopen", NULL, NULL, N_("start a status anew instead of moving it forward"), false},
    END};
static const struct flag delete_flags[] = {{"restore", NULL, NULL, N_("bring it back instead"), false}, END};
static const struct flag erase_flags[] = {
    SCOPE,
    {"reason", "TEXT", NULL, N_("a sentence for the office, without what is erased"), false},
    {"kind", "KIND", "resident-request retention error round-over", N_("which kind of reason it is"), false},
    {"due", NULL, NULL, N_("what is past its term, instead of named records"), false},
    {"dry-run", NULL, NULL, N_("say what would go and change nothing"), false},
    {"yes", NULL, NULL, N_("do not ask"), false},
    END};
static const struct flag compact_flags[] = {
    {"older-than", "SPAN", NULL, N_("prune history (not in this version)"), false}, END};
static const struct flag backup_flags[] = {
    {"keep", "N", NULL, N_("of this device's backups there, keep the newest N and delete the others"), false}, END};
static const struct flag aside_flags[] = {SCOPE, END};
static const struct flag conflicts_flags[] = {SCOPE, REASON, END};
static const struct flag resolve_flags[] = {
    {"choose", "DOT", NULL, N_("the write whose value stays, as 'linli conflicts' shows it"), false}, END};
static const struct flag export_flags[] = {
    SCOPE,
    {"format", "FORMAT", "jsonl csv xlsx", N_("JSON Lines in their one order, or a table for a spreadsheet"), false},
    {"type", "TYPE", NULL, N_("only this type of record (a table without it: the roster)"), false},
    {"plain", NULL, NULL, N_("the roster without the last column, by which 'linli import' tells what was corrected"), false},
    {"resident", "ID", NULL, N_("what is held about this person, for them to read"), false},
    {"out", "FILE", NULL, N_("into this file, whole or not at all"), false},
    REASON,
    END};
static const struct flag audit_flags[] = {
    SCOPE,
    {"since", "TIME", NULL, N_("from then on"), false},
    {"until", "TIME", NULL, N_("before then"), false},
    {"act", "ACT", "read list search history conflicts export grant revoke adopt reject erase", N_("only what was done in this way"), false},
    {"record", "ID", NULL, N_("only what names this record"), false},
    {"who", "WHO", NULL, N_("only by this user, holder or device (the start of its key)"), false},
    {"limit", "N", NULL, N_("the newest so many"), false},
    END};
static const struct flag serve_flags[] = {
    {"listen", "HOST:PORT", NULL, N_("where to listen; port 0 takes a free one (0.0.0.0:7740 unless told)"), false},
    {"peer", "HOST:PORT", NULL, N_("a node to stay in touch with"), true},
    {"confirm-joins", NULL, NULL, N_("every device but a viewer waits for 'linli enrol confirm', whatever its invitation says"),
     false},
    {"sessions", "N", NULL, N_("so many at one time (256 unless told)"), false},
    {"log-level", "LEVEL", "error info debug trace", N_("how much to say on stderr (info unless told)"), false},
    {"log-format", "FORMAT", "text json", N_("how each line of it is written"), false},
    END};
static const struct flag passphrase_flags[] = {
    {"new-key-file", "FILE", NULL, N_("a key file instead of a passphrase; made where there is none"), false}, END};
static const struct flag root_draft_flags[] = {
    {"out", "FILE", NULL, N_("where the draft goes"), false},
    {"threshold", "M", NULL, N_("version: so many of the keys must sign"), false},
    {"key", "KEY", NULL, N_("version: a key of it: 64 digits, or a key file"), true},
    {"oldest", "V", NULL, N_("version: what was said under older ones stands only where it is affirmed"), false},
    {"signatures", "N", NULL, N_("version: so many keys of the version before sign it (as many as it asks for, unless told)"), false},
    {"after", "V", NULL, N_("version: it follows this one, not the one that holds: against a rival made with stolen keys"), false},
    {"affirm", "ID", NULL, N_("what goes on standing: an id from 'linli root show', or all that stands"), true},
    {"except", "ID", NULL, N_("but not this, with --affirm all"), true},
    SCOPE,
    {"role", "ROLE", "captain clerk node viewer", N_("grant: what the device may be (node unless told)"), false},
    {"expires", "TIME", NULL, N_("grant: when it ends by itself"), false},
    {"reason", "TEXT", NULL, N_("revoke: left, moved, lost, stolen, error or retired"), false},
    {"since", "TIME", NULL, N_("accepted is what was here when this store last wrote before then (else what is here now)"), false},
    {"keep", "WHAT", "said none", N_("what it granted, revoked and ruled stays good as far as it is accepted, or not"), false},
    {"compromised", NULL, NULL, N_("the key is in the wrong hands: revocations that it signed fall, too"), false},
    END};
static const struct flag root_sign_flags[] = {
    {"key", "FILE", NULL, N_("the key file to sign with (else root.key of the store)"), false},
    {"yes", NULL, NULL, N_("do not ask"), false},
    END};
static const struct flag sample_flags[] = {
    {"seed", "N", NULL, N_("the same seed makes the same town"), false},
    {"communities", "C", NULL, N_("how many, under a city"), false},
    {"households", "H", NULL, N_("how many in each community"), false},
    {"captains-rule", NULL, NULL, N_("patches as large as the captains' rule says (else 60 households each)"), false},
    END};
static const struct flag help_flags[] = {{"man", NULL, NULL, N_("the verbs in the man page's language"), false}, END};

const struct verb verb_table[] = {
    {"init", "--root city|community --name NAME [--division CODE]", N_("make a store that holds a new root of trust"),
     N_("The root's signing key is written to root.key in the store's folder; move it to a safe place."), init_flags, 0, 0,
     VERB_ALONE, verb_init},
    {"scope add", "--parent SCOPE --kind KIND --name NAME [--division CODE] [--style STYLE]", N_("add a scope below another"),
     N_("Prints its id."), scope_add_flags, 0, 0, VERB_STORE, verb_scope_add},
    {"scope list", "", N_("list the scopes held, parents first"), NULL, NULL, 0, 0, VERB_STORE, verb_scope_list},
    {"invite", "--scope SCOPE --role ROLE --name NAME [--expires SPAN] [--confirm] [--qr] [--blind]",
     N_("make a one-time invitation"), NULL,
     invite_flags, 0, 0, VERB_STORE, verb_invite},
    {"join", "URI [--name DEVICE]", N_("enrol a new store with the node that an invitation names"),
     N_("The node must be reachable. Both screens show the same six digits; where the office confirms them, it waits for that."),
     join_flags, 1, 1, VERB_ALONE, verb_join},
    {"enrol list", "", N_("list the devices that wait to be confirmed"), NULL, NULL, 0, 0, VERB_STORE, verb_enrol_list},
    {"enrol confirm", "DIGITS", N_("let in the device that shows these digits"),
     N_("Ask its holder to read them out: who only holds the invitation shows others."), NULL, 1, 1, VERB_STORE,
     verb_enrol_confirm},
    {"enrol reject", "DIGITS", N_("turn the device that shows these digits away"),
     N_("Its invitation is void from then on; make another."), NULL, 1, 1, VERB_STORE, verb_enrol_reject},
    {"grant list", "", N_("list the grants in force"), NULL, NULL, 0, 0, VERB_STORE, verb_grant_list},
    {"grant move", "DEVICE --to SCOPE", N_("a captain changes building: rights end here and go on there"),
     N_("One signed act: the old logs are closed where they stand here, and the same rights hold in the new scope."),
     grant_move_flags, 1, 1, VERB_STORE, verb_grant_move},
    {"revoke", "DEVICE [--reason TEXT] [--scope SCOPE] [--since TIME] [--keep WHAT] [--compromised]", N_("take a device's rights back"),
     N_("DEVICE is the start of its key, or its holder's name. What it wrote so far stays; what comes later is set aside."),
     revoke_flags, 1, 1, VERB_STORE, verb_revoke},
    {"aside", "[--scope SCOPE]", N_("list what came without the right to be written"), NULL, aside_flags, 0, 0,
     VERB_STORE, verb_aside},
    {"adopt", "[RECORD] [--device DEVICE] [--scope SCOPE]", N_("take in what is set aside, as it was signed"), NULL,
     rule_flags, 0, 1, VERB_STORE, verb_adopt},
    {"reject", "[RECORD] [--device DEVICE] [--scope SCOPE]", N_("leave it aside for good"),
     N_("A rejection cannot be taken back."), rule_flags, 0, 1, VERB_STORE, verb_reject},
    {"import", "FILE.csv|FILE.xlsx --scope SCOPE [--kind KIND] [--mapping FILE] [--dry-run] [--strict]", N_("bring the store to what a spreadsheet says"),
     N_("What differs from the file is changed, and nothing else; an empty cell says nothing. "
        "The same file again changes nothing as long as nobody else changed those cells: a file of another make puts its own back. "
        "An export of 'linli export' carries what it showed: nothing made meanwhile is overwritten."),
     import_flags, 1, 1, VERB_STORE, verb_import},
    {"building add", "--scope SCOPE --name NAME --units N --floors N --rooms N [--skip FLOORS]", N_("add a building with its units and dwellings"),
     N_("Room 2 on floor 18 is 1802. Households that have such an address as text are given the dwelling that it means. The same again, here or on "
        "another device, adds only what is not there."),
     building_add_flags, 0, 0,
     VERB_STORE, verb_building_add},
    {"check", "[TYPE] [--scope SCOPE] [--reason TEXT]", N_("list what does not fit in the records, and what to do"),
     N_("Nothing is refused for it. With --scope, what a record names elsewhere is not judged. With --json, a line is {finding, record, type, field, "
        "other, problem, advice}."),
     check_flags, 0, 1, VERB_STORE, verb_check},
    {"list", "TYPE [--scope SCOPE] [--where FIELD=VALUE]... [--filter NAME] [--match TEXT] [--sort FIELD] [--limit N]",
     N_("list records of a type"), NULL, list_flags, 1, 1, VERB_STORE, verb_list},
    {"show", "ID [--reason TEXT]", N_("show one record"), NULL, read_flags, 1, 1, VERB_STORE, verb_show},
    {"set", "ID|TYPE FIELD=VALUE...", N_("edit a record, or create one of a type"),
     N_("FIELD+=V and FIELD-=V add to sets and take from them; FIELD=@FILE attaches a file; FIELD= clears."), set_flags, 1,
     250, VERB_STORE, verb_set},
    {"delete", "ID", N_("hide a record"), N_("It comes back if it was edited elsewhere meanwhile."), delete_flags, 1, 1,
     VERB_STORE, verb_delete},
    {"erase", "ID... --reason TEXT [--kind KIND] [--dry-run] [--yes] | --due [--scope SCOPE] [--dry-run]",
     N_("erase for good what was written of a record, in every replica"),
     N_("With a resident go the requests that name them, with a household its visits and requests. Nobody can bring it back."),
     erase_flags, 0, 250, VERB_STORE, verb_erase},
    {"history", "ID [--reason TEXT]", N_("show every write to a record, oldest first"),
     N_("For people, what each changed and what was there before; with --json, {dot, author, device, stamp, field, value, superseded} a line."), read_flags, 1, 1, VERB_STORE, verb_history},
    {"undo", "ID [DOT]", N_("put back what a write replaced"),
     N_("The last write unless DOT says which: 'linli history' shows them. It is a new write, so it can be undone, too."), undo_flags, 1, 2,
     VERB_STORE, verb_undo},
    {"conflicts", "[--scope SCOPE]", N_("show what people must look at"), NULL, conflicts_flags, 0, 0, VERB_STORE,
     verb_conflicts},
    {"resolve", "ID FIELD --choose DOT", N_("choose one of the values that stand side by side"), NULL, resolve_flags, 2, 2,
     VERB_STORE, verb_resolve},
    {"export", "[--scope SCOPE] --format jsonl|csv|xlsx [--type TYPE] [--plain] [--out FILE] [--reason TEXT] | --resident ID [--out FILE]",
     N_("write records out"),
     N_("Two replicas that agree export the same bytes as jsonl."), export_flags, 0, 0, VERB_STORE, verb_export},
    {"audit", "[--scope SCOPE] [--since TIME] [--until TIME] [--act ACT] [--record ID] [--who WHO] [--limit N]",
     N_("list who read sealed fields at the office, exported, and what was done with rights"),
     N_("Oldest first, out of the signed logs. With --json, a line is {time, act, who, device, key, scope, type, record, classes, count, "
        "format, subject, role, reason, state, dot, home}; what does not apply is null."),
     audit_flags, 0, 0, VERB_STORE, verb_audit},
    {"sync", "HOST:PORT...", N_("meet another replica once"), NULL, NULL, 1, 16, VERB_STORE, verb_sync},
    {"serve", "[--listen HOST:PORT] [--peer HOST:PORT]... [--confirm-joins] [--log-level LEVEL]", N_("serve this store until stopped"),
     N_("Other verbs keep working on the store meanwhile."), serve_flags, 0, 0, VERB_HOLDS, verb_serve},
    {"stats", "[--scope SCOPE] [--json|--csv]", N_("show how an area stands, and each one right below it"),
     N_("Captains against the ratios (30 to 50 households in an old courtyard, 200 in a compound, 10 to 20 on the urban fringe, 40 to 50 in "
        "a village), households seen this month, requests by state and age, open hazards, days until newcomers were registered. Captains "
        "are the appointments that have not ended; a household was seen when its last_visited says, and a vacant one need not be."),
     stats_flags, 0, 0, VERB_STORE, verb_stats},
    {"today", "[--scope SCOPE]", N_("show what there is to do today"),
     N_("Households to be seen (on the day that the last visit names, else 30 days after the last), open hazards, announcements for which "
        "you have given no receipt, requests that wait for you, registration rounds that end within 7 days, newcomers not registered in a "
        "round that is open. The office accepts a request and says who is to do it, he does it, the captain asks whether it is done."),
     today_flags, 0, 0, VERB_STORE, verb_today},
    {"compare", "DIR", N_("compare this store with another one on this machine"),
     N_("Record by record in each area that either holds: what stands only here, only there, or reads otherwise. Sealed fields are compared "
        "as they are stored. Opening the other store brings its format up to this version's. With --json, a line is {scope, path, record, "
        "type, held}."),
     NULL, 1, 1, VERB_STORE, verb_compare},
    {"status", "", N_("show how this replica is"),
     N_("It says what nodes have confirmed, what of this device no node has confirmed yet, and what nodes' receipts warn of."), NULL, 0, 0,
     VERB_STORE, verb_status},
    {"root show", "", N_("show who signs for the root, and all that the root said"), NULL, NULL, 0, 0, VERB_STORE, verb_root_show},
    {"root new-key", "FILE", N_("make a key that may sign for the root"),
     N_("Needs no store: make it on a machine that is kept offline. Prints the public key, for 'linli root draft version'."), NULL, 1,
     1, VERB_ALONE, verb_root_new_key},
    {"root export-key", "FILE", N_("take the root's key out of the store, into a key file"), NULL, NULL, 1, 1, VERB_HOLDS,
     verb_root_export_key},
    {"root draft", "version|grant DEVICE|revoke DEVICE|affirm --out FILE [FLAGS]", N_("write down what the root is to say"),
     N_("It says nothing until enough holders of keys have run 'linli root sign' on it, and 'linli root apply' has."),
     root_draft_flags, 1, 2, VERB_STORE, verb_root_draft},
    {"root sign", "FILE [--key FILE] [--yes]", N_("sign a draft, after it has been shown"),
     N_("With --key it needs no store. Compare the fingerprint with the other holders before you say yes."), root_sign_flags, 1, 1,
     VERB_KEY, verb_root_sign},
    {"root apply", "FILE", N_("let what a draft says be said, when enough keys have signed it"), NULL, NULL, 1, 1, VERB_STORE,
     verb_root_apply},
    {"passphrase", "[--new-key-file FILE]", N_("put the store under another passphrase or key file"),
     N_("The new passphrase is $LINLI_NEW_PASSPHRASE or asked for. A root.key that was moved away stays under the old key, and so do "
        "copies of the store."),
     passphrase_flags, 0, 0, VERB_HOLDS, verb_passphrase},
    {"verify", "", N_("recompute every record and check every hash and signature"), NULL, NULL, 0, 0, VERB_STORE,
     verb_verify},
    {"compact", "", N_("write the store anew, without what was deleted and erased"),
     N_("'linli erase' does it itself; this is for when the disk had no room."), compact_flags, 0, 0, VERB_STORE, verb_compact},
    {"backup", "DIR [--keep N]", N_("write all that the store holds into a sealed file in a folder"),
     N_("It is read again before it counts, and opens with the store's key alone: keep that somewhere else. 'linli serve' goes on meanwhile."),
     backup_flags, 1, 1, VERB_STORE, verb_backup},
    {"restore", "FILE|DIR", N_("make a store from a backup, from the newest one of a folder"),
     N_("--key-file or the passphrase is that of the store which made it. The device goes on under a new incarnation; let nobody use the old store."),
     NULL, 1, 1, VERB_ALONE, verb_restore},
    {"sample", "--seed N --communities C --households H [--captains-rule]", N_("fill the store with a made-up town"),
     N_("No real person: births in 1884 to 1899, phones in a range that no operator assigns."), sample_flags, 0, 0,
     VERB_STORE, verb_sample},
    {"schema", "[TYPE]", N_("show types and fields"), NULL, NULL, 0, 1, VERB_ALONE, verb_schema},
    {"help", "[VERB]", N_("show help"), NULL, help_flags, 0, 2, VERB_ALONE, verb_help},
    {"completion", "bash|zsh|fish", N_("print a completion script"), NULL, NULL, 1, 1, VERB_ALONE, verb_completion},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, VERB_ALONE, NULL}};
