@echo off
rem Builds once (delete mnist-tune\target to build again), then runs a command: mnist train
rem mnist --cuda COMMAND runs on an NVIDIA card
setlocal
set "home=%~dp0"
set "lib=lib"
set "profile="
set "size=300 MB"
set "command=%*"
if "%~1"=="--cuda" (
  set "lib=lib-cuda"
  set "profile=-Pcuda"
  set "size=2.4 GB"
  call set "command=%%command:*--cuda=%%"
)
if not exist "%home%mnist-tune\target\%lib%" (
  echo Building MNIST4J ^(the first time downloads about %size% of libraries^) ... 1>&2
  call mvn -q -B -f "%home%pom.xml" -Dmaven.test.skip=true -Dspotless.check.skip=true %profile% -pl mnist-tune -am package || exit /b 1
)
java %MNIST4J_JAVA_OPTS% -Djava.awt.headless=true -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -cp "%home%mnist-tune\target\mnist-tune-0.1.0-SNAPSHOT.jar;%home%mnist-tune\target\%lib%\*" ^
  io.github.mnist4j.train.cli.Mnist %command%
