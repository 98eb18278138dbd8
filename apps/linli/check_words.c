/* Command line, check: what each finding is called, what it says, and what to do about it. */
#include "check.h"

static const struct {
    const char *code, *problem, *advice;
} words[FINDING_KINDS] = {
    [FINDING_MISSING] = {"missing", N_("it is missing"), N_("ask for it at the next visit")},
    [FINDING_CHOICE] = {"choice", N_("it is none of the choices that this version knows"), N_("choose one: see 'linli schema TYPE'")},
    [FINDING_WORD] = {"word", N_("it is no word of the standard's list"), N_("choose one: see 'linli schema TYPE'")},
    [FINDING_SEVERAL] = {"several", N_("it is several words of the standard's list"), N_("write the one that means them together, and the parts beside it")},
    [FINDING_NAME] = {"name", N_("a name has 1 to 50 characters"), N_("write the name alone")},
    [FINDING_PHONE] = {"phone", N_("this is no phone number"), N_("ask for it again")},
    [FINDING_IDENTITY] = {"identity", N_("it cannot be right"), N_("compare it with the card")},
    [FINDING_COUNTY] = {"county", N_("its first six digits are no county known here"),
                        N_("compare it with the card; counties that no longer exist stay valid")},
    [FINDING_BIRTH] = {"birth", N_("the identity number says another date of birth"), N_("compare both with the card")},
    [FINDING_SEX] = {"sex", N_("the identity number says the other sex"), N_("compare both with the card")},
    [FINDING_DIVISION] = {"division", N_("a division code has 6, 9 or 12 digits"), N_("look it up in the list of divisions")},
    [FINDING_BOUNDS] = {"bounds", N_("it is too small or too large"), N_("count again")},
    [FINDING_ORDER] = {"order", N_("it lies too early"), N_("correct one of the two")},
    [FINDING_RETIRED] = {"retired", N_("this field is retired"), N_("move what it holds there, and clear it")},
    [FINDING_REF_MISSING] = {"reference", N_("it names a record that is not held here"), N_("sync, or choose another")},
    [FINDING_REF_TYPE] = {"reference-type", N_("it names a record of another type"), N_("choose another")},
    [FINDING_REF_DELETED] = {"reference-deleted", N_("it names a deleted record"), N_("choose another, or restore it")},
    [FINDING_DUPLICATE] = {"duplicate", N_("another record agrees with it"),
                           N_("look at both; a person is joined by 'linli set same_as one=ID other=ID', else delete one")},
    [FINDING_UNIT] = {"unit", N_("the building has no such unit"), N_("correct the address, or the building")},
    [FINDING_ROOM] = {"room", N_("the building has no such room"), N_("correct the address, or the building")},
    [FINDING_ADDRESS] = {"address", N_("the dwelling that it names has another address"), N_("correct one of the two")},
    [FINDING_HEAD] = {"head", N_("nobody of that name is recorded in the household"), N_("record the head as a resident, or correct the name")},
};

const char *finding_code(enum finding_kind kind)
{
    return words[kind].code;
}

const char *finding_problem(enum finding_kind kind)
{
    return _(words[kind].problem);
}

const char *finding_advice(enum finding_kind kind)
{
    return _(words[kind].advice);
}
