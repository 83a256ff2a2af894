# Compiler and linker flags that every target gets. Plain baseline code: no -march, so that a
# binary runs on any machine of its architecture; kernels for an instruction set bring their own.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes)
if(SCAPE_WERROR)
    add_compile_options(-Werror)
endif()

# Fused multiply-add would make floating-point results depend on the machine.
add_compile_options(-ffp-contract=off)

# File offsets are 64-bit on 32-bit systems too. C11 mode hides POSIX unless it is asked for.
add_compile_definitions(_FILE_OFFSET_BITS=64 _POSIX_C_SOURCE=200809L)

if(SCAPE_SANITIZE)
    # -O1 stands behind the build type's own level: unoptimised sanitized code is too slow to test.
    add_compile_options(-fsanitize=${SCAPE_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer -O1)
    add_link_options(-fsanitize=${SCAPE_SANITIZE})
endif()

if(SCAPE_HARDENING)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    check_pie_supported(LANGUAGES C)

    foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
        string(MAKE_C_IDENTIFIER "SCAPE_HAS${flag}" has)
        check_c_compiler_flag(${flag} ${has})
        if(${has})
            add_compile_options(${flag})
        endif()
    endforeach()

    # Fortified calls need optimisation, and hide from AddressSanitizer what it should see.
    # Undefined first: some distributions' compilers predefine it.
    if(NOT SCAPE_SANITIZE)
        add_compile_options("$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE>"
                            "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-D_FORTIFY_SOURCE=2>")
    endif()

    check_linker_flag(C "LINKER:-z,relro,-z,now" SCAPE_HAS_RELRO)
    if(SCAPE_HAS_RELRO)
        add_link_options("LINKER:-z,relro,-z,now")
    endif()
endif()
