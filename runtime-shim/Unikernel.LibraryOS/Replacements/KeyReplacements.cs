using System.Security.Cryptography;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Asymmetric keys are not bound to a library yet. The framework would make an object for one and fail where it is first used, with the name of a function of OpenSSL;
/// here the call that the warning names fails, by its own name.
/// </summary>
internal static class KeyReplacements
{
    private const string Why = "it makes an object without a key, whose first use would fail";

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.RSA", "Create", Fingerprint = "e4d1b1bc753dc8a7", Why = Why)]
    public static RSA CreateRSA() => throw RefusalReplacements.Refused("System.Security.Cryptography.RSA.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.DSA", "Create", Fingerprint = "d9422e58e7021160", Why = Why)]
    public static DSA CreateDSA() => throw RefusalReplacements.Refused("System.Security.Cryptography.DSA.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDsa", "Create", Fingerprint = "c46932faa4a75e25", Why = Why)]
    public static ECDsa CreateECDsa() => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDsa.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDsa", "Create", Fingerprint = "cd546e001e3a0b8d", Why = Why)]
    public static ECDsa CreateECDsa(ECCurve curve) => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDsa.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDsa", "Create", Fingerprint = "5da7f3ac581e12aa", Why = Why)]
    public static ECDsa CreateECDsa(ECParameters parameters) => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDsa.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDiffieHellman", "Create", Fingerprint = "9121cf6d1cae99ac", Why = Why)]
    public static ECDiffieHellman CreateECDiffieHellman() => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDiffieHellman.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDiffieHellman", "Create", Fingerprint = "94e9fed017032793", Why = Why)]
    public static ECDiffieHellman CreateECDiffieHellman(ECCurve curve) => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDiffieHellman.Create");

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.ECDiffieHellman", "Create", Fingerprint = "7654b2a1670db6ee", Why = Why)]
    public static ECDiffieHellman CreateECDiffieHellman(ECParameters parameters) => throw RefusalReplacements.Refused("System.Security.Cryptography.ECDiffieHellman.Create");
}
