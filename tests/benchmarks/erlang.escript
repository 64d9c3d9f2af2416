#!/usr/bin/env escript
%% What Erlang/OTP does where we do the like: one figure, in the unit of its row.
%% A tenth runs first, unmeasured.
-mode(compile).
-export([init/1, start_echo/0, start_named/0]).

main([What, Count]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    N = list_to_integer(Count),
    measure(What, max(1, N div 10)),
    erlang:garbage_collect(),
    io:format("~p~n", [float(measure(What, N))]).

measure("tell", N) ->
    Main = self(),
    Sink = spawn_link(fun() -> sink(N, Main) end),
    N * 1.0e9 / took(fun() -> [Sink ! I || I <- lists:seq(1, N)], finished() end);
measure("hop", N) ->
    Main = self(),
    Nodes = [First | _] = [spawn_link(fun() -> node_of_ring(Main) end) || _ <- lists:seq(1, 100)],
    lists:foldl(fun(Node, Next) -> Node ! {next, Next}, Node end, First, lists:reverse(Nodes)),
    took(fun() -> First ! N, finished() end) / N / 1000;
measure("ask", N) ->
    Echo = spawn_link(fun echo/0),
    took(fun() -> [begin Echo ! {self(), I}, receive I -> ok end end || I <- lists:seq(1, N)] end) / N / 1000;
measure("start", N) ->
    Top = supervisor_of(echo, simple_one_for_one),
    Took = took(fun() -> start_children(Top, N) end),
    stop(Top),
    N * 1.0e9 / Took;
measure("memory", N) ->
    Top = supervisor_of(echo, simple_one_for_one),
    Before = erlang:memory(processes),
    start_children(Top, N),
    After = erlang:memory(processes),
    stop(Top),
    (After - Before) / N / 1024;
measure("stop", N) ->
    Top = supervisor_of(echo, simple_one_for_one),
    start_children(Top, N),
    took(fun() -> stop(Top) end) / 1.0e9;
measure("restart_p50", N) -> restart(N, 0.50);
measure("restart_p99", N) -> restart(N, 0.99).

restart(N, Share) ->
    Top = supervisor_of(named, one_for_one),
    Sorted = lists:sort([took(fun kill_and_ask/0) || _ <- lists:seq(1, N)]),
    stop(Top),
    lists:nth(max(1, trunc(N * Share)), Sorted) / 1000.

kill_and_ask() ->
    Old = whereis(victim),
    exit(Old, kill),
    successor(Old) ! {self(), 1},
    receive 1 -> ok end.

successor(Old) ->
    case whereis(victim) of
        New when is_pid(New), New =/= Old -> New;
        _ -> erlang:yield(), successor(Old)
    end.

took(Fun) ->
    Began = erlang:monotonic_time(nanosecond),
    Fun(),
    erlang:monotonic_time(nanosecond) - Began.

finished() -> receive finished -> ok end.

sink(0, Main) -> Main ! finished;
sink(N, Main) -> receive _ -> sink(N - 1, Main) end.

node_of_ring(Main) -> receive {next, Next} -> node_of_ring(Next, Main) end.

node_of_ring(Next, Main) ->
    receive
        0 -> Main ! finished;
        N -> Next ! N - 1
    end,
    node_of_ring(Next, Main).

echo() -> receive {From, Message} -> From ! Message, echo() end.

%% -- supervision --

supervisor_of(Kind, Strategy) ->
    {ok, Top} = supervisor:start_link(?MODULE, {Kind, Strategy}),
    Top.

start_children(Top, N) -> [{ok, _} = supervisor:start_child(Top, []) || _ <- lists:seq(1, N)].

stop(Top) ->
    exit(Top, shutdown),
    receive {'EXIT', Top, _} -> ok end.

init({Kind, Strategy}) ->
    Start = case Kind of echo -> start_echo; named -> start_named end,
    Flags = #{strategy => Strategy, intensity => 1000000000, period => 1},
    {ok, {Flags, [#{id => Kind, start => {?MODULE, Start, []}}]}}.

start_echo() -> {ok, spawn_link(fun echo/0)}.

start_named() ->
    Pid = spawn_link(fun echo/0),
    register(victim, Pid),
    {ok, Pid}.
