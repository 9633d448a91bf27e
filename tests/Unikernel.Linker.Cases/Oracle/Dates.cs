Console.WriteLine(DateTimeOffset.UnixEpoch.AddDays(1).ToString("O") + TimeZoneInfo.Utc.GetUtcOffset(DateTime.UtcNow) + DateOnly.Parse("2020-01-02").DayOfWeek + new TimeOnly(3, 4));
Console.WriteLine(TimeProvider.System.GetUtcNow().Year > 2000); Console.WriteLine(System.Diagnostics.Stopwatch.StartNew().ElapsedTicks >= 0);
Console.WriteLine(new System.Globalization.GregorianCalendar().GetWeekOfYear(new DateTime(2020, 5, 5), System.Globalization.CalendarWeekRule.FirstDay, DayOfWeek.Monday));
