try { try { throw new Mine("m") { Data = { ["k"] = 1 } }; } finally { Console.WriteLine("f"); } } catch (Mine e) when (e.Data.Count == 1) { Console.WriteLine(e.Message + e.StackTrace!.Length); }
try { object o = "x"; _ = (int[])o; } catch (InvalidCastException) { Console.WriteLine("cast"); }
try { string? s = null; _ = s!.Length; } catch (NullReferenceException) { Console.WriteLine("null"); }
try { await Task.WhenAll(Task.FromException(new Mine("a")), Task.FromException(new Mine("b"))); } catch (Mine e) { Console.WriteLine(e); }
try { throw new AggregateException(new Mine("i")); } catch (AggregateException e) { e.Handle(x => x is Mine); }
AppDomain.CurrentDomain.UnhandledException += (_, e) => Console.WriteLine(e.ExceptionObject);
class Mine(string m) : Exception(m);
