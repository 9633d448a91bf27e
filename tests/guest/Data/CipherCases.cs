using System.Security.Cryptography;

namespace Unikernel.Guest;

/// <summary>Hash functions and ciphers as programs use them; the algorithms themselves are compared with OpenSSL on the host (tests/Unikernel.LibraryOS.Tests).</summary>
internal static class CipherCases
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] s_nonce = [.. Enumerable.Range(0, 12).Select(i => (byte)(i * 3))];
    private static readonly byte[] s_text = "attack at dawn"u8.ToArray();

    public static void Run()
    {
        Suite.Case("supported", () => (AesGcm.IsSupported, ChaCha20Poly1305.IsSupported));
        Suite.Case("aes-gcm", () =>
        {
            using var cipher = new AesGcm(s_key, 16);
            byte[] hidden = new byte[s_text.Length], tag = new byte[16], shown = new byte[s_text.Length];
            cipher.Encrypt(s_nonce, s_text, hidden, tag, "header"u8);
            cipher.Decrypt(s_nonce, hidden, tag, shown, "header"u8);
            return Convert.ToHexString(hidden) + " " + Convert.ToHexString(tag) + " " + shown.AsSpan().SequenceEqual(s_text);
        });
        Suite.Case("aes-gcm, not authentic", () =>
        {
            using var cipher = new AesGcm(s_key, 16);
            cipher.Decrypt(s_nonce, s_text, new byte[16], new byte[s_text.Length]);
            return "decrypted";
        });
        Suite.Case("chacha20-poly1305", () =>
        {
            using var cipher = new ChaCha20Poly1305(s_key);
            byte[] hidden = new byte[s_text.Length], tag = new byte[16], shown = new byte[s_text.Length];
            cipher.Encrypt(s_nonce, s_text, hidden, tag);
            cipher.Decrypt(s_nonce, hidden, tag, shown);
            return Convert.ToHexString(hidden) + " " + Convert.ToHexString(tag) + " " + shown.AsSpan().SequenceEqual(s_text);
        });
        Suite.Case("aes-cbc", () =>
        {
            using var cipher = Aes.Create();
            cipher.Key = s_key;
            byte[] hidden = cipher.EncryptCbc(s_text, new byte[16]);
            return Convert.ToHexString(hidden) + " " + cipher.DecryptCbc(hidden, new byte[16]).AsSpan().SequenceEqual(s_text);
        });
        Suite.Case("sha-2 and sha-3", () => Convert.ToHexString(SHA256.HashData(s_text)) + " " + Convert.ToHexString(SHA3_256.HashData(s_text)));
        Suite.Case("hmac", () => Convert.ToHexString(HMACSHA512.HashData(s_key, s_text)));
        Suite.Case("pbkdf2 and hkdf", () => Convert.ToHexString(Rfc2898DeriveBytes.Pbkdf2("secret", s_nonce, 100, HashAlgorithmName.SHA256, 20)) + " "
            + Convert.ToHexString(HKDF.DeriveKey(HashAlgorithmName.SHA256, s_key, 20)));
    }
}
