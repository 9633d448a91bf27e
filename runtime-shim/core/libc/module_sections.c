// The sections of the compiler's object file that the runtime's type loader reads: tables of types, of
// generic dictionaries, of names. It asks for one at each look-up, and the runtime answers by a search
// through all of them (nativeaot/Runtime/TypeManager.cpp, TypeManager::GetModuleSection): 40,000 times while
// an ASP.NET Core application starts, 75 instructions each. There is one module, and its sections stay where
// they are, so each is searched for once.
//
// The linker hands the runtime's calls to us (--wrap in Unikernel.Link.targets). If another version of the
// runtime changes the name, that argument names nothing, and the runtime searches as before.
#include "core.h"

// ReadyToRunSectionType (inc/ModuleHeaders.h): ReadonlyBlobRegionStart to ReadonlyBlobRegionEnd.
#define FIRST_SECTION 300
#define SECTIONS 100

struct section {
    void *start;
    int length;
    bool known;
};

static struct section sections[SECTIONS];
static void *module_of_sections; // the one module, from its first call on

void *
search_section(void *module, int type,
               int *length) __asm__("__real__ZN11TypeManager16GetModuleSectionE21ReadyToRunSectionTypePi");
void *
module_section(void *module, int type,
               int *length) __asm__("__wrap__ZN11TypeManager16GetModuleSectionE21ReadyToRunSectionTypePi");

void *module_section(void *module, int type, int *length) {
    unsigned index = (unsigned)type - FIRST_SECTION;
    void *owner = NULL;
    if (index >= SECTIONS) {
        return search_section(module, type, length);
    }
    if (__atomic_load_n(&module_of_sections, __ATOMIC_RELAXED) != module &&
        !__atomic_compare_exchange_n(&module_of_sections, &owner, module, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED) &&
        owner != module) {
        return search_section(module, type, length);
    }

    struct section *section = &sections[index];
    if (!__atomic_load_n(&section->known, __ATOMIC_ACQUIRE)) {
        // Threads that come here at once find the same.
        int found = 0;
        section->start = search_section(module, type, &found);
        section->length = found;
        __atomic_store_n(&section->known, true, __ATOMIC_RELEASE);
    }

    *length = section->length;
    return section->start;
}
