using System.Globalization; using System.Text.RegularExpressions;
Console.WriteLine(Regex.Replace("a1b22", @"\d+", m => $"<{m.Value}>") + Regex.IsMatch("x@y.z", @"^[^@]+@[^@]+$", RegexOptions.IgnoreCase));
Console.WriteLine(1234.5678.ToString("N2", CultureInfo.InvariantCulture) + decimal.Parse("1.50", CultureInfo.InvariantCulture) + new DateTime(2020, 2, 29).ToString("D", CultureInfo.InvariantCulture));
Console.WriteLine(Encoding.UTF8.GetString(Encoding.Unicode.GetBytes("ä")).Length + Convert.ToBase64String("x"u8) + "Straße".ToUpperInvariant().Normalize());
var sb = new StringBuilder(); sb.AppendFormat("{0:x8}|{1,-5}|", 255, true).AppendJoin(',', [1, 2]); Console.WriteLine(sb);
Console.WriteLine(System.Numerics.BigInteger.Pow(2, 100) + " " + Int128.MaxValue + " " + Guid.Empty + TimeSpan.FromSeconds(90) + Half.Pi + new Version(1, 2));
